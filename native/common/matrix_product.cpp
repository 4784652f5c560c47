#include "common/matrix_product.h"

#include <algorithm>

#include "common/error.h"

// The PyPI build of OpenBLAS prefixes its symbols; its integers have 32 bits.
extern "C" void scipy_cblas_sgemm(int order, int transpose_a, int transpose_b, int rows, int columns,
                                  int depth, float scale, const float* a, int lda, const float* b, int ldb,
                                  float keep, float* c, int ldc);

namespace densenode {
namespace {

// Values of the CBLAS standard.
constexpr int kRowMajor = 101;
constexpr int kNoTranspose = 111;
constexpr int kTranspose = 112;

int Int(std::size_t size) {
  if (size > INT32_MAX) Fail(ErrorCode::kInvalidArgument, "a matrix has more than 2^31 - 1 rows or columns");
  return static_cast<int>(size);
}

}  // namespace

void MatrixProduct(Transpose transpose_a, Transpose transpose_b, std::size_t rows, std::size_t columns,
                   std::size_t depth, float scale, const float* a, const float* b, float keep, float* c) {
  if (rows == 0 || columns == 0) return;
  const bool ta = transpose_a == Transpose::kYes;
  const bool tb = transpose_b == Transpose::kYes;
  const int row_of_a = std::max(1, Int(ta ? rows : depth));
  const int row_of_b = std::max(1, Int(tb ? depth : columns));
  scipy_cblas_sgemm(kRowMajor, ta ? kTranspose : kNoTranspose, tb ? kTranspose : kNoTranspose, Int(rows),
                    Int(columns), Int(depth), scale, a, row_of_a, b, row_of_b, keep, c, Int(columns));
}

}  // namespace densenode
