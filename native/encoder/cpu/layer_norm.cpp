#include "encoder/cpu/layer_norm.h"

#include <cmath>

#include "encoder/cpu/vector_math.h"

namespace densenode::cpu {

void AddAndNormalize(const LayerNorm& norm, float* change, const float* change_bias, float* x,
                     Bf16* rounded) {
  const std::size_t width = norm.width, padded = RoundUp(width, kBlock);
  const auto lanes = [&](std::size_t i) { return i < width ? FirstLanes(width - i) : __mmask16{0}; };
  __m512 sums = _mm512_setzero_ps();
  for (std::size_t i = 0; i < padded; i += 16) {
    const __m512 moved = _mm512_add_ps(_mm512_loadu_ps(change + i), _mm512_loadu_ps(change_bias + i));
    const __m512 sum = _mm512_maskz_add_ps(lanes(i), moved, _mm512_maskz_loadu_ps(lanes(i), x + i));
    _mm512_storeu_ps(change + i, sum);
    sums = _mm512_add_ps(sums, sum);
  }
  if (!norm.gain) {
    for (std::size_t i = 0; i < padded; i += 16) {
      const __m512 sum = _mm512_loadu_ps(change + i);
      _mm512_mask_storeu_ps(x + i, lanes(i), sum);
      StoreBf16(rounded + i, sum);
    }
    return;
  }
  const float mean = norm.centered ? _mm512_reduce_add_ps(sums) / static_cast<float>(width) : 0.0f;
  const __m512 means = _mm512_set1_ps(mean);
  __m512 squares = _mm512_setzero_ps();
  for (std::size_t i = 0; i < width; i += 16) {
    const __m512 away = _mm512_maskz_sub_ps(lanes(i), _mm512_loadu_ps(change + i), means);
    squares = _mm512_fmadd_ps(away, away, squares);
  }
  const float variance = _mm512_reduce_add_ps(squares) / static_cast<float>(width);
  const __m512 scale = _mm512_set1_ps(1.0f / std::sqrt(variance + norm.epsilon));
  for (std::size_t i = 0; i < padded; i += 16) {
    const __m512 sum = _mm512_loadu_ps(change + i);
    const __m512 away = _mm512_mul_ps(_mm512_sub_ps(sum, means), scale);
    const __m512 out = _mm512_fmadd_ps(away, _mm512_loadu_ps(norm.gain + i), _mm512_loadu_ps(norm.bias + i));
    _mm512_mask_storeu_ps(x + i, lanes(i), norm.keeps_sum ? sum : out);
    StoreBf16(rounded + i, _mm512_maskz_mov_ps(lanes(i), out));
  }
}

}  // namespace densenode::cpu
