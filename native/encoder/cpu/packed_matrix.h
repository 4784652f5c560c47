// A weight matrix in the form that products read: rounded to bf16, in panels (product_kernel.h).
#pragma once

#include <cstddef>
#include <span>

#include "common/aligned_buffer.h"
#include "encoder/cpu/product_kernel.h"

namespace densenode::cpu {

// `groups` runs of `size` values, each padded with zeros to a multiple of 32: the heads of attention, or one
// run for a plain width.
struct PaddedAxis {
  std::size_t groups = 1;
  std::size_t size = 0;

  std::size_t count() const { return groups * size; }
  std::size_t padded_size() const { return RoundUp(size, kBlock); }
  std::size_t padded_count() const { return groups * padded_size(); }
};

class PackedMatrix {
 public:
  PackedMatrix() = default;
  // Room for `outputs` columns and `inputs` rows, both multiples of 32; Put fills it.
  PackedMatrix(std::size_t outputs, std::size_t inputs);

  // Packs weights as PyTorch keeps them, outputs.count() x inputs.count() row major, to the columns from
  // `first` on (a multiple of 32).
  void Put(std::span<const float> weights, const PaddedAxis& outputs, const PaddedAxis& inputs,
           std::size_t first = 0);

  // Frees the values; outputs() and inputs() stay.
  void Release() { values_ = {}; }

  std::size_t outputs() const { return outputs_; }
  std::size_t inputs() const { return inputs_; }
  const Bf16* panel(std::size_t column) const { return values_.data() + column * inputs_; }
  std::size_t bytes() const { return values_.size() * sizeof(Bf16); }

 private:
  std::size_t outputs_ = 0;
  std::size_t inputs_ = 0;
  AlignedBuffer<Bf16> values_;
};

}  // namespace densenode::cpu
