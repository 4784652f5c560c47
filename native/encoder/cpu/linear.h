// x W^T + b and what follows it, fused: activation, or residual sum and layer normalization.
#pragma once

#include <cstddef>
#include <span>

#include "encoder/cpu/activation.h"
#include "encoder/cpu/byte_matrix.h"
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
  ByteMatrix in_bytes = {};
  bool narrow = false;  // ApplyLinear and ApplyGatedLinear multiply with in_bytes

  std::size_t bytes() const { return weight.bytes() + bias.bytes() + in_bytes.bytes(); }
};

// Two maps of the same input, panel for panel side by side: g opens what w lets through.
struct GatedLinear {
  enum class Part { kGate, kMap };

  GatedLinear() = default;
  GatedLinear(std::size_t outputs, std::size_t inputs);  // both padded; zeros

  // Weights as PyTorch keeps them, `outputs` rows of inputs.count() values; `bias` may be empty.
  void Put(Part part, std::span<const float> weights, std::span<const float> bias, std::size_t outputs,
           const PaddedAxis& inputs);

  std::size_t outputs() const { return both.weight.outputs() / 2; }
  std::size_t bytes() const { return both.bytes(); }

  Linear both;
};

// Inputs are `rows` rows of weight.inputs() bf16 values without gaps; memory up to the next multiple of 16
// rows must be readable. `kernel` has been entered. `quantized` is where inputs in bytes are put, for maps
// that are narrow.

// out[rows x outputs] = activation(in W^T + b); `stride` values from row to row.
void ApplyLinear(const ProductKernel& kernel, const Linear& linear, Activation activation, const Bf16* in,
                 std::size_t rows, Bf16* out, std::size_t stride, ByteRows* quantized = nullptr);

// out[rows x outputs] = activation(in G^T + g) x (in W^T + b).
void ApplyGatedLinear(const ProductKernel& kernel, const GatedLinear& gated, Activation activation,
                      const Bf16* in, std::size_t rows, Bf16* out, ByteRows* quantized = nullptr);

// x = LayerNorm(x + in W^T + b), as AddAndNormalize writes it; with a gain of `output_norm`, in W^T + b is
// normalized by it before it is added.
void ApplyLinearAndNormalize(const ProductKernel& kernel, const Linear& linear, const LayerNorm& output_norm,
                             const LayerNorm& norm, const Bf16* in, std::size_t rows, float* x, Bf16* rounded,
                             AlignedBuffer<float>* scratch);

}  // namespace densenode::cpu
