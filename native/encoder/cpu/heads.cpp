#include "encoder/cpu/heads.h"

#include <algorithm>
#include <cmath>

#include "encoder/cpu/vector_math.h"

namespace densenode::cpu {
namespace {

void StoreFirst(Bf16* out, __mmask16 lanes, __m512 values) {
  _mm256_mask_storeu_epi16(out, lanes, (__m256i)_mm512_cvtneps_pbh(values));
}

// head = head x scale x gain.
void Normalize(const HeadNorm& norm, std::size_t size, Bf16* head) {
  __m512 squares = _mm512_setzero_ps();
  for (std::size_t i = 0; i < size; i += 16) {
    const __m512 values = LoadBf16(head + i);  // zeros past the last
    squares = _mm512_fmadd_ps(values, values, squares);
  }
  const float mean = _mm512_reduce_add_ps(squares) / static_cast<float>(size);
  const __m512 scale = _mm512_set1_ps(1.0f / std::sqrt(mean + norm.epsilon));
  for (std::size_t i = 0; i < size; i += 16) {
    const __m512 values = _mm512_mul_ps(LoadBf16(head + i), scale);
    StoreBf16(head + i, _mm512_mul_ps(values, _mm512_loadu_ps(norm.gain + i)));
  }
}

}  // namespace

RotaryWaves::RotaryWaves(const RotaryPositions& rotary, std::size_t positions)
    : pairs_(rotary.frequencies.size()), stride_(RoundUp(pairs_, 16)), waves_(2 * positions * stride_) {
  std::fill_n(waves_.data(), waves_.size(), 0.0f);
  float* out = waves_.data();
  for (std::size_t position = 0; position < positions; ++position, out += 2 * stride_) {
    for (std::size_t i = 0; i < pairs_; ++i) {
      const float angle = static_cast<float>(position) * rotary.frequencies[i];  // rounded, as torch has it
      out[i] = static_cast<float>(std::cos(double{angle}));
      out[stride_ + i] = static_cast<float>(std::sin(double{angle}));
    }
  }
}

void PrepareHead(const HeadNorm& norm, const RotaryWaves* waves, std::size_t position, std::size_t size,
                 Bf16* head) {
  if (norm.gain) Normalize(norm, size, head);
  if (!waves) return;
  const std::size_t pairs = waves->pairs();
  const float* const cosines = waves->cosines(position);
  const float* const sines = waves->sines(position);
  for (std::size_t i = 0; i < pairs; i += 16) {
    const __m512 first = LoadBf16(head + i), second = LoadBf16(head + pairs + i);
    const __m512 cosine = _mm512_loadu_ps(cosines + i), sine = _mm512_loadu_ps(sines + i);
    const __mmask16 lanes = FirstLanes(pairs - i);
    StoreFirst(head + i, lanes, _mm512_fmsub_ps(first, cosine, _mm512_mul_ps(second, sine)));
    StoreFirst(head + pairs + i, lanes, _mm512_fmadd_ps(second, cosine, _mm512_mul_ps(first, sine)));
  }
}

}  // namespace densenode::cpu
