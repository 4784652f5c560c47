// Byte fallback: what a vocabulary does not hold is written as the tokens "<0x00>" to "<0xFF>" of its bytes.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

#include "text/vocabulary.h"

namespace densenode {

class ByteTokens {
 public:
  explicit ByteTokens(const Vocabulary& vocabulary);

  // Appends a token for each byte; where one is not in the vocabulary, returns false and appends nothing.
  bool Append(std::string_view text, std::vector<std::int32_t>* ids) const;

 private:
  std::array<std::int32_t, 256> ids_;  // -1: not in the vocabulary
};

}  // namespace densenode
