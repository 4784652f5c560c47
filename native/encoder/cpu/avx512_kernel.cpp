// Products with vdpbf16ps: eight rows of C, 32 columns each, in sixteen registers.
#include <immintrin.h>

#include "encoder/cpu/product_kernel.h"
#include "encoder/cpu/row_groups.h"

namespace densenode::cpu {
namespace {

__m512bh Vector(const Bf16* values) { return (__m512bh)_mm512_load_si512(values); }

__m512bh Pair(const Bf16* values) {
  int pair;
  __builtin_memcpy(&pair, values, sizeof pair);
  return (__m512bh)_mm512_set1_epi32(pair);
}

template <int kRows>
void MultiplyRows(const Bf16* a, std::size_t a_stride, const Bf16* panel, std::size_t blocks, float* c,
                  std::size_t c_stride) {
  __m512 left[kRows], right[kRows];
  for (int row = 0; row < kRows; ++row) {
    left[row] = right[row] = _mm512_setzero_ps();
  }
  for (std::size_t i = 0; i < blocks; ++i, a += kBlock, panel += kPanelBlock) {
    for (std::size_t pair = 0; pair < 16; ++pair) {
      const __m512bh b_left = Vector(panel + 32 * pair),
                     b_right = Vector(panel + kPanelBlock / 2 + 32 * pair);
#pragma GCC unroll 8
      for (int row = 0; row < kRows; ++row) {
        const __m512bh both = Pair(a + row * a_stride + 2 * pair);
        left[row] = _mm512_dpbf16_ps(left[row], both, b_left);
        right[row] = _mm512_dpbf16_ps(right[row], both, b_right);
      }
    }
  }
  for (int row = 0; row < kRows; ++row) {
    _mm512_storeu_ps(c + row * c_stride, left[row]);
    _mm512_storeu_ps(c + row * c_stride + 16, right[row]);
  }
}

void Multiply(const Bf16* a, std::size_t a_stride, const Bf16* panel, std::size_t blocks, std::size_t rows,
              float* c, std::size_t c_stride) {
  ForRowGroups(rows, [&]<int kRows>(std::size_t row) {
    MultiplyRows<kRows>(a + row * a_stride, a_stride, panel, blocks, c + row * c_stride, c_stride);
  });
}

void MultiplyAll(const Product& product, ProductSink* sink) {
  product.ForBlocks([&](std::size_t row, std::size_t column, std::size_t rows) {
    const ProductBlock block = sink->Place(row, column, rows);
    Multiply(product.a_of(row), product.blocks * kBlock, product.panel(column), product.blocks, rows,
             block.values, block.stride);
    sink->Take(block, 0, rows);
  });
}

}  // namespace

extern const ProductKernel kAvx512Kernel;
const ProductKernel kAvx512Kernel{"avx512_bf16", MultiplyAll, Multiply, Nothing, Nothing};

}  // namespace densenode::cpu
