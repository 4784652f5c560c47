// Layer normalization (Ba et al. 2016, arXiv:1607.06450) or RMSNorm (Zhang and Sennrich 2019,
// arXiv:1910.07467) with the sum before it.
#pragma once

#include <cstddef>

#include "encoder/cpu/bf16.h"

namespace densenode::cpu {

// Gain and bias have the width rounded up to 32, padded with zeros. Without a gain values stay as they are.
struct LayerNorm {
  const float* gain = nullptr;
  const float* bias = nullptr;
  float epsilon = 0;
  std::size_t width = 0;
  bool centered = true;    // RMSNorm leaves the mean in
  bool keeps_sum = false;  // `x` gets what was to be normalized: layers that are normalized before add to it
};

// One row: x = LayerNorm(x + change + change_bias), written to `x` (width values, fp32) and to `rounded`
// (bf16, padded with zeros to a multiple of 32). `change` is overwritten; it and its bias are padded as gain
// is.
void AddAndNormalize(const LayerNorm& norm, float* change, const float* change_bias, float* x, Bf16* rounded);

}  // namespace densenode::cpu
