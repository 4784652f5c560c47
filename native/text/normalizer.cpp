#include "text/normalizer.h"

#include <functional>
#include <utility>
#include <vector>

#include "text/bert_normalizer.h"
#include "text/unicode.h"
#include "text/utf8.h"

namespace densenode {
namespace {

class NormalizerSequence : public Normalizer {
 public:
  explicit NormalizerSequence(std::vector<std::unique_ptr<const Normalizer>> steps)
      : steps_(std::move(steps)) {}
  void Normalize(std::string_view text, std::string* out) const override {
    std::string before;
    *out = text;
    for (const auto& step : steps_) {
      before.swap(*out);
      step->Normalize(before, out);
    }
  }

 private:
  std::vector<std::unique_ptr<const Normalizer>> steps_;
};

// A normalizer written as a function of code points.
class CodePointNormalizer : public Normalizer {
 public:
  using Function = std::function<std::u32string(std::u32string)>;
  explicit CodePointNormalizer(Function function) : function_(std::move(function)) {}
  void Normalize(std::string_view text, std::string* out) const override {
    out->clear();
    for (char32_t c : function_(ToUtf32(text))) AppendUtf8(c, out);
  }

 private:
  Function function_;
};

class ReplaceNormalizer : public Normalizer {
 public:
  ReplaceNormalizer(std::string pattern, std::string content)
      : pattern_(std::move(pattern)), content_(std::move(content)) {}
  void Normalize(std::string_view text, std::string* out) const override {
    out->clear();
    for (std::size_t found; (found = text.find(pattern_)) != text.npos;) {
      out->append(text.substr(0, found)).append(content_);
      text.remove_prefix(found + pattern_.size());
    }
    out->append(text);
  }

 private:
  std::string pattern_, content_;
};

class PrependNormalizer : public Normalizer {
 public:
  explicit PrependNormalizer(std::string prefix) : prefix_(std::move(prefix)) {}
  void Normalize(std::string_view text, std::string* out) const override {
    out->clear();
    if (!text.empty()) out->append(prefix_).append(text);
  }

 private:
  std::string prefix_;
};

std::u32string Lowercase(std::u32string text) {
  std::u32string out;
  for (char32_t c : text) unicode::AppendLowercase(c, &out);
  return out;
}

std::u32string Strip(std::u32string text, bool left, bool right) {
  std::size_t begin = 0, end = text.size();
  while (left && begin < end && unicode::Has(text[begin], unicode::kWhitespace)) ++begin;
  while (right && begin < end && unicode::Has(text[end - 1], unicode::kWhitespace)) --end;
  return text.substr(begin, end - begin);
}

std::u32string StripAccents(std::u32string text) {
  std::erase_if(text, [](char32_t c) { return unicode::Has(c, unicode::kCombiningMark); });
  return text;
}

// The rules of the neural machine translation normalizer of SentencePiece.
std::u32string Nmt(std::u32string text) {
  std::erase_if(text, [](char32_t c) {
    return (c >= 0x01 && c <= 0x08) || c == 0x0B || (c >= 0x0E && c <= 0x1F) || c == 0x7F || c == 0x8F ||
           c == 0x9F;
  });
  for (char32_t& c : text) {
    const bool space = c == 0x09 || c == 0x0A || c == 0x0C || c == 0x0D || c == 0x1680 ||
                       (c >= 0x200B && c <= 0x200F) || c == 0x2028 || c == 0x2029 || c == 0x2581 ||
                       c == 0xFEFF || c == 0xFFFD;
    if (space) c = U' ';
  }
  return text;
}

std::unique_ptr<const Normalizer> ParseReplace(const JsonField& field) {
  const JsonField pattern = field.At("pattern");
  if (!pattern.Get("Regex").is_null()) pattern.Unsupported("Regex", "String");
  const std::string& text = pattern.At("String").String();
  if (text.empty()) {
    Fail(ErrorCode::kTokenizerUnsupported, "tokenizer.json: ", pattern.where(),
         " must not be an empty string");
  }
  return std::make_unique<ReplaceNormalizer>(text, field.At("content").String());
}

}  // namespace

std::unique_ptr<const Normalizer> Normalizer::FromJson(const JsonField& field, int depth) {
  field.CheckNesting(depth);
  auto code_points = [](CodePointNormalizer::Function function) {
    return std::make_unique<CodePointNormalizer>(std::move(function));
  };
  auto form = [&](unicode::Form form) {
    return code_points([form](std::u32string text) { return unicode::Normalize(text, form); });
  };
  const std::string type = field.Type();
  if (type == "BertNormalizer" || type == "Bert") return std::make_unique<BertNormalizer>(field);
  if (type == "Sequence") {
    std::vector<std::unique_ptr<const Normalizer>> steps;
    for (const JsonField& step : field.At("normalizers").Elements())
      steps.push_back(FromJson(step, depth + 1));
    return std::make_unique<NormalizerSequence>(std::move(steps));
  }
  if (type == "NFC") return form(unicode::Form::kNfc);
  if (type == "NFD") return form(unicode::Form::kNfd);
  if (type == "NFKC") return form(unicode::Form::kNfkc);
  if (type == "NFKD") return form(unicode::Form::kNfkd);
  if (type == "Lowercase") return code_points(Lowercase);
  if (type == "StripAccents") return code_points(StripAccents);
  if (type == "Nmt") return code_points(Nmt);
  if (type == "Strip") {
    return code_points([left = field.At("strip_left").Bool(), right = field.At("strip_right").Bool()](
                           std::u32string text) { return Strip(std::move(text), left, right); });
  }
  if (type == "Replace") return ParseReplace(field);
  if (type == "Prepend") return std::make_unique<PrependNormalizer>(field.At("prepend").String());
  field.Unsupported(
      type,
      "BertNormalizer, Lowercase, NFC, NFD, NFKC, NFKD, Nmt, Prepend, Replace, Sequence, Strip, "
      "StripAccents");
}

}  // namespace densenode
