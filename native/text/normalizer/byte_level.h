// ByteLevel: each byte becomes a visible character.
#pragma once

#include "text/byte_characters.h"
#include "text/normalizer.h"

namespace densenode {

class ByteLevelNormalizer : public Normalizer {
 public:
  bool Normalize(std::string_view text, std::string* out) const override {
    out->resize(ByteCharactersSize(text));
    WriteByteCharacters(text, out->data());
    return true;
  }
};

}  // namespace densenode
