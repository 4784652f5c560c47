// x W^T + b and what follows it, fused: activation, or residual sum and layer normalization.
#pragma once

#include <cstddef>
#include <span>

#include "encoder/cpu/activation.h"
#include "encoder/cpu/layer_norm.h"
#include "encoder/cpu/packed_matrix.h"

namespace densenode::cpu {

// fp32 values on a padded axis, zeros between.
class PaddedVector {
 public:
  PaddedVector() = default;
  explicit PaddedVector(std::size_t padded_count);  // zeros
  PaddedVector(std::span<const float> values, const PaddedAxis& axis) : PaddedVector(axis.padded_count()) {
    Put(values, axis);
  }
  void Put(std::span<const float> values, const PaddedAxis& axis, std::size_t first = 0);

  float* data() { return values_.data(); }
  const float* data() const { return values_.data(); }
  std::size_t bytes() const { return values_.size() * sizeof(float); }

 private:
  AlignedBuffer<float> values_;
};

struct Linear {
  PackedMatrix weight;
  PaddedVector bias;

  std::size_t bytes() const { return weight.bytes() + bias.bytes(); }
};

// Inputs are `rows` rows of weight.inputs() bf16 values without gaps; memory up to the next multiple of 16
// rows must be readable. `kernel` has been entered.

// out[rows x outputs] = activation(in W^T + b).
void ApplyLinear(const ProductKernel& kernel, const Linear& linear, Activation activation, const Bf16* in,
                 std::size_t rows, Bf16* out);

// out[rows x outputs] = activation(in G^T + g) x (in W^T + b), G and g of `gate`.
void ApplyGatedLinear(const ProductKernel& kernel, const Linear& gate, const Linear& linear,
                      Activation activation, const Bf16* in, std::size_t rows, Bf16* out);

// x = LayerNorm(x + in W^T + b), as AddAndNormalize writes it; with a gain of `output_norm`, in W^T + b is
// normalized by it before it is added. `scratch`: 33 x outputs values.
void ApplyLinearAndNormalize(const ProductKernel& kernel, const Linear& linear, const LayerNorm& output_norm,
                             const LayerNorm& norm, const Bf16* in, std::size_t rows, float* x, Bf16* rounded,
                             float* scratch);

}  // namespace densenode::cpu
