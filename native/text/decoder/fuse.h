// Fuse: all tokens become one.
#pragma once

#include "text/decoder.h"

namespace densenode {

class FuseDecoder : public Decoder {
 public:
  void Decode(std::vector<std::string>* tokens) const override {
    std::string text;
    for (const std::string& token : *tokens) text += token;
    tokens->assign(1, std::move(text));
  }
};

}  // namespace densenode
