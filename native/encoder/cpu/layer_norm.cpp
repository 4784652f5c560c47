#include "encoder/cpu/layer_norm.h"

#include <cmath>

#include "encoder/cpu/vector_math.h"

namespace densenode::cpu {

namespace {

// The lanes of a row from column `i` on. Most widths are multiples of 32 and need no masks.
struct AllLanes {
  explicit AllLanes(std::size_t) {}
  __mmask16 operator()(std::size_t) const { return 0xffff; }
};
struct LanesOfWidth {
  explicit LanesOfWidth(std::size_t width) : width(width) {}
  __mmask16 operator()(std::size_t i) const { return i < width ? FirstLanes(width - i) : __mmask16{0}; }
  const std::size_t width;
};

// Calls each(half, i) for every 16 values of a row, the halves of 32 in turn. Each half has sums of its own:
// one addition does not wait for the other.
template <typename Each>
inline void ForHalves(std::size_t padded, const Each& each) {
  for (std::size_t i = 0; i < padded; i += kBlock) {
    each(0, i);
    each(1, i + 16);
  }
}

float Sum(const __m512 (&halves)[2]) { return _mm512_reduce_add_ps(_mm512_add_ps(halves[0], halves[1])); }

template <typename Lanes>
void AddAndNormalizeLanes(const LayerNorm& norm, float* change, const float* change_bias, float* x,
                          Bf16* rounded) {
  const std::size_t padded = RoundUp(norm.width, kBlock);
  const auto width = static_cast<float>(norm.width);
  const Lanes lanes(norm.width);
  __m512 sums[2] = {_mm512_setzero_ps(), _mm512_setzero_ps()};
  ForHalves(padded, [&](std::size_t half, std::size_t i) {
    const __m512 moved = _mm512_add_ps(_mm512_loadu_ps(change + i), _mm512_loadu_ps(change_bias + i));
    const __m512 sum = _mm512_maskz_add_ps(lanes(i), moved, _mm512_maskz_loadu_ps(lanes(i), x + i));
    _mm512_storeu_ps(change + i, sum);
    sums[half] = _mm512_add_ps(sums[half], sum);
  });
  if (!norm.gain) {
    for (std::size_t i = 0; i < padded; i += 16) {
      const __m512 sum = _mm512_loadu_ps(change + i);
      _mm512_mask_storeu_ps(x + i, lanes(i), sum);
      StoreBf16(rounded + i, sum);
    }
    return;
  }
  const __m512 means = _mm512_set1_ps(norm.centered ? Sum(sums) / width : 0.0f);
  __m512 squares[2] = {_mm512_setzero_ps(), _mm512_setzero_ps()};
  ForHalves(padded, [&](std::size_t half, std::size_t i) {
    const __m512 away = _mm512_maskz_sub_ps(lanes(i), _mm512_loadu_ps(change + i), means);
    squares[half] = _mm512_fmadd_ps(away, away, squares[half]);
  });
  const __m512 scale = _mm512_set1_ps(1.0f / std::sqrt(Sum(squares) / width + norm.epsilon));
  for (std::size_t i = 0; i < padded; i += 16) {
    const __m512 sum = _mm512_loadu_ps(change + i);
    const __m512 away = _mm512_mul_ps(_mm512_sub_ps(sum, means), scale);
    const __m512 out = _mm512_fmadd_ps(away, _mm512_loadu_ps(norm.gain + i), _mm512_loadu_ps(norm.bias + i));
    _mm512_mask_storeu_ps(x + i, lanes(i), norm.keeps_sum ? sum : out);
    StoreBf16(rounded + i, _mm512_maskz_mov_ps(lanes(i), out));
  }
}

}  // namespace

void AddAndNormalize(const LayerNorm& norm, float* change, const float* change_bias, float* x,
                     Bf16* rounded) {
  if (norm.width % kBlock == 0) {
    AddAndNormalizeLanes<AllLanes>(norm, change, change_bias, x, rounded);
  } else {
    AddAndNormalizeLanes<LanesOfWidth>(norm, change, change_bias, x, rounded);
  }
}

}  // namespace densenode::cpu
