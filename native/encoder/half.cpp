#include "encoder/half.h"

#include <immintrin.h>

#include <cmath>
#include <cstddef>
#include <cstring>

namespace densenode {
namespace {

constexpr std::uint16_t kInfinity = 0x7c00;  // of fp16, without its sign

bool Overflowed(float in, std::uint16_t out) { return (out & 0x7fff) == kInfinity && std::isfinite(in); }

}  // namespace

bool FloatToHalf(const float* in, std::size_t count, std::uint16_t* out) {
  const __m128i magnitude = _mm_set1_epi16(0x7fff), infinity = _mm_set1_epi16(kInfinity);
  std::size_t i = 0;
  for (; i + 8 <= count; i += 8) {
    const __m128i halves = _mm256_cvtps_ph(_mm256_loadu_ps(in + i), _MM_FROUND_TO_NEAREST_INT);
    _mm_storeu_si128(reinterpret_cast<__m128i*>(out + i), halves);
    const __m128i infinite = _mm_cmpeq_epi16(_mm_and_si128(halves, magnitude), infinity);
    if (_mm_testz_si128(infinite, infinite)) continue;
    for (std::size_t j = i; j < i + 8; ++j) {
      if (Overflowed(in[j], out[j])) return false;
    }
  }
  for (; i < count; ++i) {
    out[i] = _cvtss_sh(in[i], _MM_FROUND_TO_NEAREST_INT);
    if (Overflowed(in[i], out[i])) return false;
  }
  return true;
}

void HalfToFloat(const void* in, std::size_t count, float* out) {
  const auto* bytes = static_cast<const std::byte*>(in);
  std::size_t i = 0;
  for (; i + 8 <= count; i += 8) {
    const __m128i halves = _mm_loadu_si128(reinterpret_cast<const __m128i*>(bytes + 2 * i));
    _mm256_storeu_ps(out + i, _mm256_cvtph_ps(halves));
  }
  for (; i < count; ++i) {
    std::uint16_t bits;
    std::memcpy(&bits, bytes + 2 * i, sizeof bits);
    out[i] = _cvtsh_ss(bits);
  }
}

}  // namespace densenode
