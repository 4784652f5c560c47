// Strip: at most `start` and `stop` times a character at the ends of each token is cut off.
#pragma once

#include "text/decoder.h"
#include "text/utf8.h"

namespace densenode {

class StripDecoder : public Decoder {
 public:
  explicit StripDecoder(const JsonField& field)
      : start_(field.At("start").Size()), stop_(field.At("stop").Size()) {
    AppendUtf8(field.At("content").Character(), &content_);
  }

  void Decode(std::vector<std::string>* tokens) const override {
    for (std::string& token : *tokens) {
      std::string_view rest = token;
      for (std::size_t i = 0; i < start_ && rest.starts_with(content_); ++i)
        rest.remove_prefix(content_.size());
      for (std::size_t i = 0; i < stop_ && rest.ends_with(content_); ++i) rest.remove_suffix(content_.size());
      token = std::string(rest);
    }
  }

 private:
  std::string content_;
  std::size_t start_, stop_;
};

}  // namespace densenode
