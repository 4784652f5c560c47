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

void ApplyGatedLinear(const ProductKernel& kernel, const Linear& gate, const Linear& linear,
                      Activation activation, const Bf16* in, std::size_t rows, Bf16* out) {
  alignas(64) float opened[kBlock * kBlock], block[kBlock * kBlock];
  const std::size_t inputs = linear.weight.inputs(), outputs = linear.weight.outputs();
  for (std::size_t first = 0; first < rows; first += kBlock) {
    const std::size_t here = std::min(kBlock, rows - first);
    for (std::size_t column = 0; column < outputs; column += kBlock) {
      const auto multiply = [&](const Linear& of, float* to) {
        kernel.multiply(in + first * inputs, inputs, of.weight.panel(column), inputs / kBlock, here, to,
                        kBlock, false);
      };
      multiply(gate, opened);
      multiply(linear, block);
      ActivateGatedBlock(activation, opened, gate.bias.data() + column, block, linear.bias.data() + column,
                         here, out + first * outputs + column, outputs);
    }
  }
}

void ApplyLinearAndNormalize(const ProductKernel& kernel, const Linear& linear, const LayerNorm& output_norm,
                             const LayerNorm& norm, const Bf16* in, std::size_t rows, float* x, Bf16* rounded,
                             float* scratch) {
  const std::size_t inputs = linear.weight.inputs(), outputs = linear.weight.outputs();
  const PaddedVector no_bias(output_norm.gain ? outputs : 0);
  float* const normalized = scratch + kBlock * outputs;
  for (std::size_t first = 0; first < rows; first += kBlock) {
    const std::size_t here = std::min(kBlock, rows - first);
    for (std::size_t column = 0; column < outputs; column += kBlock) {
      kernel.multiply(in + first * inputs, inputs, linear.weight.panel(column), inputs / kBlock, here,
                      scratch + column, outputs, false);
    }
    for (std::size_t row = 0; row < here; ++row) {
      float* change = scratch + row * outputs;
      const float* bias = linear.bias.data();
      Bf16* const low = rounded + (first + row) * outputs;
      if (output_norm.gain) {
        std::fill_n(normalized, outputs, 0.0f);
        AddAndNormalize(output_norm, change, bias, normalized, low);
        change = normalized;
        bias = no_bias.data();
      }
      AddAndNormalize(norm, change, bias, x + (first + row) * norm.width, low);
    }
  }
}

}  // namespace densenode::cpu
