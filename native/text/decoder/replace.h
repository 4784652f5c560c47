// Replace: every match of a string or a regular expression in a token becomes another string.
#pragma once

#include <utility>

#include "text/decoder.h"
#include "text/replace.h"

namespace densenode {

class ReplaceDecoder : public Decoder {
 public:
  explicit ReplaceDecoder(const JsonField& field) : replace_(field) {}

  void Decode(std::vector<std::string>* tokens) const override {
    std::string replaced;
    std::size_t size = 0;
    for (std::string& token : *tokens) {
      replace_.Apply(token, &replaced);
      token.swap(replaced);
      if ((size += token.size()) > Replace::kMostBytes) Replace::FailTooLong();
    }
  }

 private:
  Replace replace_;
};

}  // namespace densenode
