// Products with vdpbf16ps or vpdpbusd: eight rows of C, 32 columns each, in sixteen registers.
#include <immintrin.h>

#include "encoder/cpu/product_kernel.h"
#include "encoder/cpu/row_groups.h"

namespace densenode::cpu {
namespace {

__m512i Group(const std::byte* values) {
  int group;
  __builtin_memcpy(&group, values, sizeof group);
  return _mm512_set1_epi32(group);
}

// 16 sums, and what adds to them the products of a group of 4 bytes of A with 16 such of B.
struct Bf16Dot {
  using Sums = __m512;
  static Sums Zero() { return _mm512_setzero_ps(); }
  static Sums Add(Sums sums, __m512i a, __m512i b) {
    return _mm512_dpbf16_ps(sums, (__m512bh)a, (__m512bh)b);
  }
  static void Store(float* c, Sums sums) { _mm512_storeu_ps(c, sums); }
};
struct ByteDot {
  using Sums = __m512i;
  static Sums Zero() { return _mm512_setzero_si512(); }
  static Sums Add(Sums sums, __m512i a, __m512i b) { return _mm512_dpbusd_epi32(sums, a, b); }
  static void Store(float* c, Sums sums) { _mm512_storeu_si512(c, sums); }
};

// `a_stride` in bytes.
template <typename Dot, int kRows>
void MultiplyRows(const std::byte* a, std::size_t a_stride, const std::byte* panel, std::size_t blocks,
                  float* c, std::size_t c_stride) {
  constexpr std::size_t kTileBytes = 16 * kBlockBytes;
  typename Dot::Sums left[kRows], right[kRows];
  for (int row = 0; row < kRows; ++row) {
    left[row] = right[row] = Dot::Zero();
  }
  for (std::size_t i = 0; i < blocks; ++i, a += kBlockBytes, panel += 2 * kTileBytes) {
    for (std::size_t group = 0; group < 16; ++group) {
      const __m512i b_left = _mm512_load_si512(panel + kBlockBytes * group),
                    b_right = _mm512_load_si512(panel + kTileBytes + kBlockBytes * group);
#pragma GCC unroll 8
      for (int row = 0; row < kRows; ++row) {
        const __m512i same = Group(a + row * a_stride + 4 * group);
        left[row] = Dot::Add(left[row], same, b_left);
        right[row] = Dot::Add(right[row], same, b_right);
      }
    }
  }
  for (int row = 0; row < kRows; ++row) {
    Dot::Store(c + row * c_stride, left[row]);
    Dot::Store(c + row * c_stride + 16, right[row]);
  }
}

template <typename Dot>
void MultiplyBlock(const std::byte* a, std::size_t a_stride, const std::byte* panel, std::size_t blocks,
                   std::size_t rows, float* c, std::size_t c_stride) {
  ForRowGroups(rows, [&]<int kRows>(std::size_t row) {
    MultiplyRows<Dot, kRows>(a + row * a_stride, a_stride, panel, blocks, c + row * c_stride, c_stride);
  });
}

void Multiply(const Bf16* a, std::size_t a_stride, const Bf16* panel, std::size_t blocks, std::size_t rows,
              float* c, std::size_t c_stride) {
  MultiplyBlock<Bf16Dot>(reinterpret_cast<const std::byte*>(a), a_stride * sizeof(Bf16),
                         reinterpret_cast<const std::byte*>(panel), blocks, rows, c, c_stride);
}

void MultiplyAll(const Product& product, ProductSink* sink) {
  product.ForBlocks([&](std::size_t row, std::size_t column, std::size_t rows) {
    const ProductBlock block = sink->Place(row, column, rows);
    const auto multiply =
        product.factors == Factors::kBytes ? MultiplyBlock<ByteDot> : MultiplyBlock<Bf16Dot>;
    multiply(product.a_of(row), product.blocks * kBlockBytes, product.panel(column), product.blocks, rows,
             block.values, block.stride);
    sink->Take(block, 0, rows);
  });
}

}  // namespace

extern const ProductKernel kAvx512Kernel;
const ProductKernel kAvx512Kernel{"avx512_bf16", MultiplyAll, Multiply, Nothing, Nothing};

}  // namespace densenode::cpu
