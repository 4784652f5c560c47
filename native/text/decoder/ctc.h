// CTC: of equal tokens in a row one is kept, the padding token is left out, and the word delimiter becomes a
// space.
#pragma once

#include <algorithm>

#include "text/decoder.h"
#include "text/decoder/replace_all.h"

namespace densenode {

class CtcDecoder : public Decoder {
 public:
  explicit CtcDecoder(const JsonField& field)
      : padding_(field.At("pad_token").String()),
        delimiter_(field.At("word_delimiter_token").String()),
        cleanup_(field.At("cleanup").Bool()) {}

  void Decode(std::vector<std::string>* tokens) const override {
    tokens->erase(std::unique(tokens->begin(), tokens->end()), tokens->end());
    for (std::string& token : *tokens) {
      ReplaceAll(padding_, "", &token);
      if (!cleanup_) continue;
      CleanUpSpaces(&token);
      ReplaceAll(delimiter_, " ", &token);
    }
    std::erase(*tokens, "");
  }

 private:
  std::string padding_, delimiter_;
  bool cleanup_;
};

}  // namespace densenode
