// ByteFallback: tokens such as <0x61> become the bytes that they name, or U+FFFD each where a run of them is
// not UTF-8.
#pragma once

#include "text/decoder.h"

namespace densenode {

class ByteFallbackDecoder : public Decoder {
 public:
  void Decode(std::vector<std::string>* tokens) const override;
};

}  // namespace densenode
