#include "encoder/cpu/linear.h"

#include <algorithm>

namespace densenode::cpu {

PaddedVector::PaddedVector(std::size_t padded_count) : values_(padded_count) {
  std::fill_n(values_.data(), padded_count, 0.0f);
}

void PaddedVector::Put(std::span<const float> values, const PaddedAxis& axis, std::size_t first) {
  for (std::size_t group = 0; group < axis.groups; ++group) {
    std::copy_n(values.data() + group * axis.size, axis.size,
                values_.data() + first + group * axis.padded_size());
  }
}

// Both go through the rows in blocks of 32 and through the whole weight for each: it lies in the second-level
// cache, or streams from the third at a rate that the products do not wait for.

void ApplyLinear(const ProductKernel& kernel, const Linear& linear, Activation activation, const Bf16* in,
                 std::size_t rows, Bf16* out) {
  alignas(64) float block[kBlock * kBlock];
  const std::size_t inputs = linear.weight.inputs(), outputs = linear.weight.outputs();
  for (std::size_t first = 0; first < rows; first += kBlock) {
    const std::size_t here = std::min(kBlock, rows - first);
    for (std::size_t column = 0; column < outputs; column += kBlock) {
      kernel.multiply(in + first * inputs, inputs, linear.weight.panel(column), inputs / kBlock, here, block,
                      kBlock, false);
      ActivateBlock(activation, block, kBlock, linear.bias.data() + column, here,
                    out + first * outputs + column, outputs);
    }
  }
}

void ApplyLinearAndNormalize(const ProductKernel& kernel, const Linear& linear, const LayerNorm& norm,
                             const Bf16* in, std::size_t rows, float* x, Bf16* rounded, float* scratch) {
  const std::size_t inputs = linear.weight.inputs(), outputs = linear.weight.outputs();
  for (std::size_t first = 0; first < rows; first += kBlock) {
    const std::size_t here = std::min(kBlock, rows - first);
    for (std::size_t column = 0; column < outputs; column += kBlock) {
      kernel.multiply(in + first * inputs, inputs, linear.weight.panel(column), inputs / kBlock, here,
                      scratch + column, outputs, false);
    }
    for (std::size_t row = 0; row < here; ++row) {
      AddAndNormalize(norm, scratch + row * outputs, linear.bias.data(), x + (first + row) * norm.width,
                      rounded + (first + row) * outputs);
    }
  }
}

}  // namespace densenode::cpu
