// Products of bytes with vpdpbusd: up to eight queries with 32 vectors at once, in sixteen registers.
#include <immintrin.h>

#include "encoder/cpu/kernel_scope.h"
#include "encoder/cpu/row_groups.h"
#include "index/cpu/byte_kernel.h"

namespace densenode::cpu {
namespace {

__m512i Four(const std::int8_t* values) {
  int four;
  __builtin_memcpy(&four, values, sizeof four);
  return _mm512_set1_epi32(four);
}

// The sum of each of four vectors.
void StoreFour(const __m512i* sums, std::int32_t* out) {
  __m256i halves[4];
  for (int i = 0; i < 4; ++i) {
    halves[i] = _mm256_add_epi32(_mm512_castsi512_si256(sums[i]), _mm512_extracti64x4_epi64(sums[i], 1));
  }
  // Each horizontal sum halves what is left of two.
  const __m256i quarters =
      _mm256_hadd_epi32(_mm256_hadd_epi32(halves[0], halves[1]), _mm256_hadd_epi32(halves[2], halves[3]));
  _mm_storeu_si128(reinterpret_cast<__m128i*>(out),
                   _mm_add_epi32(_mm256_castsi256_si128(quarters), _mm256_extracti128_si256(quarters, 1)));
}

template <int kQueries>
void MultiplyFour(const std::int8_t* const* queries, const std::uint8_t* const rows[4], std::size_t bytes,
                  std::int32_t* products) {
  __m512i sums[kQueries][4];
  for (auto& of_query : sums) {
    for (__m512i& sum : of_query) sum = _mm512_setzero_si512();
  }
  const auto add = [&](std::size_t at, const auto& load) {
    __m512i row[4];
#pragma GCC unroll 4
    for (int i = 0; i < 4; ++i) row[i] = load(rows[i] + at);
#pragma GCC unroll 4
    for (int query = 0; query < kQueries; ++query) {
      const __m512i values = _mm512_load_si512(queries[query] + at);
#pragma GCC unroll 4
      for (int i = 0; i < 4; ++i) sums[query][i] = _mm512_dpbusd_epi32(sums[query][i], row[i], values);
    }
  };
  const std::size_t whole = bytes / kByteBlock * kByteBlock;
  for (std::size_t at = 0; at < whole; at += kByteBlock) {
    add(at, [](const std::uint8_t* values) { return _mm512_loadu_si512(values); });
  }
  if (whole < bytes) {
    const __mmask64 lanes = (__mmask64{1} << (bytes - whole)) - 1;
    add(whole, [lanes](const std::uint8_t* values) { return _mm512_maskz_loadu_epi8(lanes, values); });
  }
  for (int query = 0; query < kQueries; ++query) StoreFour(sums[query], products + 4 * query);
}

template <int kRows>
void MultiplyRows(const std::int8_t* queries, const std::uint8_t* panel, std::size_t blocks,
                  std::int32_t* products) {
  __m512i left[kRows], right[kRows];
  for (int row = 0; row < kRows; ++row) left[row] = right[row] = _mm512_setzero_si512();
  for (std::size_t i = 0; i < blocks; ++i, queries += kQueryTile, panel += kBytePanelBlock) {
    for (std::size_t four = 0; four < 16; ++four) {
      const std::uint8_t* const of_left = panel + 64 * four;
      const std::uint8_t* const of_right = of_left + kBytePanelBlock / 2;
      const __m512i b_left = _mm512_load_si512(of_left), b_right = _mm512_load_si512(of_right);
      _mm_prefetch(reinterpret_cast<const char*>(of_left + kPanelAhead), _MM_HINT_T0);
      _mm_prefetch(reinterpret_cast<const char*>(of_right + kPanelAhead), _MM_HINT_T0);
#pragma GCC unroll 8
      for (int row = 0; row < kRows; ++row) {
        const __m512i of_query = Four(queries + row * kByteBlock + 4 * four);
        left[row] = _mm512_dpbusd_epi32(left[row], b_left, of_query);
        right[row] = _mm512_dpbusd_epi32(right[row], b_right, of_query);
      }
    }
  }
  for (int row = 0; row < kRows; ++row) {
    _mm512_storeu_si512(products + row * kPanelVectors, left[row]);
    _mm512_storeu_si512(products + row * kPanelVectors + 16, right[row]);
  }
}

void Multiply(const std::int8_t* queries, const std::uint8_t* panel, std::size_t blocks, std::size_t rows,
              std::int32_t* products) {
  ForRowGroups(rows, [&]<int kRows>(std::size_t row) {
    const std::int8_t* const tiles = queries + row / kTileRows * blocks * kQueryTile;
    MultiplyRows<kRows>(tiles + row % kTileRows * kByteBlock, panel, blocks, products + row * kPanelVectors);
  });
}

}  // namespace

void MultiplyFourRows(const std::int8_t* const* queries, std::size_t count, const std::uint8_t* const rows[4],
                      std::size_t bytes, std::int32_t* products) {
  std::size_t i = 0;
  for (; i + 4 <= count; i += 4) MultiplyFour<4>(queries + i, rows, bytes, products + 4 * i);
  for (; i < count; ++i) MultiplyFour<1>(queries + i, rows, bytes, products + 4 * i);
}

extern const ByteKernel kVnniByteKernel;
const ByteKernel kVnniByteKernel{"avx512_vnni", Multiply, Nothing, Nothing};

}  // namespace densenode::cpu
