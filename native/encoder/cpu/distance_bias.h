// What attention adds to a score for the distance of its key from its query, for each head.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "common/aligned_buffer.h"
#include "encoder/cpu/bf16.h"

namespace densenode::cpu {

class DistanceBias {
 public:
  // For texts of up to `longest` tokens; value(head, distance) gives what is added for the key `distance`
  // tokens after the query.
  template <typename Value>
  DistanceBias(std::size_t heads, std::size_t longest, Value value)
      : longest_(longest), stride_(2 * longest + kBlock), values_(heads * stride_) {
    std::fill_n(values_.data(), values_.size(), 0.0f);
    const auto end = static_cast<std::int64_t>(longest);
    for (std::size_t head = 0; head < heads; ++head) {
      float* const middle = values_.data() + head * stride_ + longest;
      for (std::int64_t distance = -end; distance < end; ++distance) middle[distance] = value(head, distance);
    }
  }

  // What is added for the keys 0, 1, ...; a block past the last key of a text is readable.
  const float* Row(std::size_t head, std::size_t query) const {
    return values_.data() + head * stride_ + longest_ - query;
  }

  std::size_t bytes() const { return values_.size() * sizeof(float); }

 private:
  std::size_t longest_;
  std::size_t stride_;
  AlignedBuffer<float> values_;
};

}  // namespace densenode::cpu
