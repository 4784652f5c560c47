// ByteLevel: the characters that stand for bytes become these bytes; what is not UTF-8 then becomes U+FFFD.
#pragma once

#include "text/decoder.h"

namespace densenode {

class ByteLevelDecoder : public Decoder {
 public:
  void Decode(std::vector<std::string>* tokens) const override;
};

}  // namespace densenode
