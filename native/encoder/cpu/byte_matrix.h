// A weight matrix in 8 bits for inputs in 8 bits, both rounded after outliers have been shared between them
// (SmoothQuant; Xiao et al. 2023, arXiv:2211.10438, equations 3 and 4 with alpha 0.5):
//   x W^T = (x / s) (s W)^T  with  s_j = sqrt(max |x_j| / max |W_j|).
// Weights have a scale for each output; inputs have a scale and a zero for each row, taken when it comes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "common/aligned_buffer.h"
#include "encoder/cpu/packed_matrix.h"

namespace densenode::cpu {

// Rows as whole numbers: x / s = scales[row] (values - zeros[row]).
struct ByteRows {
  AlignedBuffer<std::uint8_t> values;
  AlignedBuffer<float> scales, zeros;
};

class ByteMatrix {
 public:
  ByteMatrix() = default;
  // `largest_inputs`: the largest magnitude that each of weight.inputs() inputs is expected to have. Larger
  // ones are no error, but cost accuracy.
  ByteMatrix(const PackedMatrix& weight, std::span<const float> largest_inputs);

  std::size_t blocks() const { return blocks_; }  // of 64 inputs
  const std::int8_t* panels() const { return panels_.data(); }
  const float* scales(std::size_t column) const { return scales_.data() + column; }
  // Of the whole numbers of an output's weights.
  const float* sums(std::size_t column) const { return sums_.data() + column; }
  std::size_t bytes() const;

  // Rounds `count` rows of weight.inputs() values; 31 more can be read behind them then.
  void Quantize(const Bf16* rows, std::size_t count, ByteRows* out) const;

 private:
  std::size_t outputs_ = 0;
  std::size_t inputs_ = 0;
  std::size_t blocks_ = 0;
  AlignedBuffer<std::int8_t> panels_;
  AlignedBuffer<float> scales_, sums_;
  AlignedBuffer<float> smoothing_;  // 1 / s
};

}  // namespace densenode::cpu
