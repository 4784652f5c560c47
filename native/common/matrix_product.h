// Products of row-major matrices by BLAS, on the calling thread and, inside a wide task, on those of BLAS.
#pragma once

#include <cstddef>

namespace densenode {

enum class Transpose { kNo, kYes };

// c (rows x columns) = scale * op(a) * op(b) + keep * c, where op(a) is rows x depth and op(b) depth x
// columns. Each size must be below 2^31; with keep = 0 what c held does not matter.
void MatrixProduct(Transpose transpose_a, Transpose transpose_b, std::size_t rows, std::size_t columns,
                   std::size_t depth, float scale, const float* a, const float* b, float keep, float* c);

}  // namespace densenode
