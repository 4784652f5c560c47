// What packs rows into tiles.
#pragma once

#include <immintrin.h>

#include "encoder/cpu/bf16.h"

namespace densenode::cpu {
namespace {

// out[r][c] = in[c][r] for 16 x 16 pairs of bf16 (32 bits each).
inline void TransposePairs(const Bf16* in, std::size_t in_stride, Bf16* out) {
  __m512i a[16], b[16];
  for (int i = 0; i < 16; ++i) a[i] = _mm512_loadu_si512(in + i * in_stride);
  for (int i = 0; i < 16; i += 2) {
    b[i] = _mm512_unpacklo_epi32(a[i], a[i + 1]);
    b[i + 1] = _mm512_unpackhi_epi32(a[i], a[i + 1]);
  }
  for (int i = 0; i < 16; i += 4) {
    a[i] = _mm512_unpacklo_epi64(b[i], b[i + 2]);
    a[i + 1] = _mm512_unpackhi_epi64(b[i], b[i + 2]);
    a[i + 2] = _mm512_unpacklo_epi64(b[i + 1], b[i + 3]);
    a[i + 3] = _mm512_unpackhi_epi64(b[i + 1], b[i + 3]);
  }
  // a[4g + j], 128-bit part q: row 4q + j, columns 4g to 4g + 3.
  for (int j = 0; j < 4; ++j) {
    const __m512i low01 = _mm512_shuffle_i32x4(a[j], a[4 + j], 0x88),
                  low23 = _mm512_shuffle_i32x4(a[8 + j], a[12 + j], 0x88);
    const __m512i high01 = _mm512_shuffle_i32x4(a[j], a[4 + j], 0xdd),
                  high23 = _mm512_shuffle_i32x4(a[8 + j], a[12 + j], 0xdd);
    _mm512_store_si512(out + 32 * j, _mm512_shuffle_i32x4(low01, low23, 0x88));
    _mm512_store_si512(out + 32 * (8 + j), _mm512_shuffle_i32x4(low01, low23, 0xdd));
    _mm512_store_si512(out + 32 * (4 + j), _mm512_shuffle_i32x4(high01, high23, 0x88));
    _mm512_store_si512(out + 32 * (12 + j), _mm512_shuffle_i32x4(high01, high23, 0xdd));
  }
}

}  // namespace
}  // namespace densenode::cpu
