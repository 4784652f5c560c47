// Functions of 16 floats at once. For sources compiled with AVX512-BF16.
#pragma once

#include <immintrin.h>

#include "encoder/cpu/bf16.h"
#include "encoder/cpu/lanes.h"

namespace densenode::cpu {
namespace {  // a copy for each source: they are compiled for different CPUs

// 2^x, relative error 3e-6 (bf16 rounds by 2e-3); 0 below -150.
inline __m512 Exp2(__m512 x) {
  const __m512 whole = _mm512_roundscale_ps(x, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
  const __m512 f = _mm512_sub_ps(x, whole);  // -0.5 to 0.5
  __m512 p = _mm512_set1_ps(9.582850e-3f);
  p = _mm512_fmadd_ps(p, f, _mm512_set1_ps(5.5906420e-2f));
  p = _mm512_fmadd_ps(p, f, _mm512_set1_ps(2.4024099e-1f));
  p = _mm512_fmadd_ps(p, f, _mm512_set1_ps(6.9312419e-1f));
  p = _mm512_fmadd_ps(p, f, _mm512_set1_ps(1.0f));
  return _mm512_scalef_ps(p, whole);
}

inline void StoreBf16(Bf16* out, __m512 low, __m512 high) {
  _mm512_storeu_si512(out, (__m512i)_mm512_cvtne2ps_pbh(high, low));
}

inline void StoreBf16(Bf16* out, __m512 values) {
  _mm256_storeu_si256(reinterpret_cast<__m256i*>(out), (__m256i)_mm512_cvtneps_pbh(values));
}

inline __m512 LoadBf16(const Bf16* in) {
  const __m256i values = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(in));
  return _mm512_castsi512_ps(_mm512_slli_epi32(_mm512_cvtepu16_epi32(values), 16));
}

}  // namespace
}  // namespace densenode::cpu
