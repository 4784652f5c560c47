// What happens to queries and keys between their projection and the products of attention: a norm of each
// head and the turns of rotary positions (Su et al. 2021, arXiv:2104.09864).
#pragma once

#include <cstddef>

#include "common/aligned_buffer.h"
#include "encoder/architecture/transformer_spec.h"
#include "encoder/cpu/bf16.h"

namespace densenode::cpu {

// Cosines and sines of all angles at the positions of a batch.
class RotaryWaves {
 public:
  RotaryWaves(const RotaryPositions& rotary, std::size_t positions);

  std::size_t pairs() const { return pairs_; }
  // Of each pair; readable up to the next multiple of 16.
  const float* cosines(std::size_t position) const { return waves_.data() + 2 * position * stride_; }
  const float* sines(std::size_t position) const { return cosines(position) + stride_; }

 private:
  std::size_t pairs_;
  std::size_t stride_;
  AlignedBuffer<float> waves_;  // positions x (cosines, sines)
};

struct HeadNorm {
  const float* gain = nullptr;  // padded with zeros to a multiple of 32; without it nothing is normalized
  float epsilon = 0;
};

// One head of one token, `size` values padded to a multiple of 32: divided by the root of its mean square and
// multiplied by the gain, then turned where there are waves.
void PrepareHead(const HeadNorm& norm, const RotaryWaves* waves, std::size_t position, std::size_t size,
                 Bf16* head);

}  // namespace densenode::cpu
