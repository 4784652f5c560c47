#include "text/decoder.h"

#include <string_view>
#include <utility>

namespace densenode {
namespace {

class SpaceDecoder : public Decoder {
 public:
  std::string Decode(std::vector<std::string> tokens) const override {
    std::string text;
    for (std::size_t i = 0; i < tokens.size(); ++i) text.append(i > 0 ? " " : "").append(tokens[i]);
    return text;
  }
};

void ReplaceAll(std::string_view from, std::string_view to, std::string* text) {
  for (std::size_t at = 0; (at = text->find(from, at)) != std::string::npos; at += to.size()) {
    text->replace(at, from.size(), to);
  }
}

// Undoes the spaces that English punctuation and contractions gain; applied to each token by itself.
void CleanUp(std::string* text) {
  static constexpr std::pair<std::string_view, std::string_view> kRules[] = {
      {" .", "."},   {" ?", "?"},           {" !", "!"},   {" ,", ","},     {" ' ", "'"},    {" n't", "n't"},
      {" 'm", "'m"}, {" do not", " don't"}, {" 's", "'s"}, {" 've", "'ve"}, {" 're", "'re"},
  };
  for (const auto& [from, to] : kRules) ReplaceAll(from, to, text);
}

class WordPieceDecoder : public Decoder {
 public:
  explicit WordPieceDecoder(const JsonField& field)
      : prefix_(field.At("prefix").String()), cleanup_(field.At("cleanup").Bool()) {}

  std::string Decode(std::vector<std::string> tokens) const override {
    std::string text, piece;
    for (std::size_t i = 0; i < tokens.size(); ++i) {
      std::string_view token = tokens[i];
      piece.clear();
      if (i > 0) {
        if (token.starts_with(prefix_)) {
          token.remove_prefix(prefix_.size());
        } else {
          piece.push_back(' ');
        }
      }
      piece.append(token);
      if (cleanup_) CleanUp(&piece);
      text += piece;
    }
    return text;
  }

 private:
  std::string prefix_;
  bool cleanup_;
};

}  // namespace

std::unique_ptr<const Decoder> Decoder::FromJson(const JsonField& field) {
  if (field.is_null()) return std::make_unique<SpaceDecoder>();
  const std::string type = field.Type();
  if (type == "WordPiece") return std::make_unique<WordPieceDecoder>(field);
  field.Unsupported(type, "WordPiece");
}

}  // namespace densenode
