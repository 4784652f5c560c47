// Checks and small transforms of row-major float matrices on their way into an index.
#pragma once

#include <cstddef>
#include <memory>
#include <span>

namespace densenode {

// Rows of `vectors`; throws INVALID_ARGUMENT if its length is not a multiple of `dimension`, or a value is
// NaN or infinite. `what` names the rows in the message: "vector", "query".
std::size_t CheckVectors(std::span<const float> vectors, std::size_t dimension, const char* what);

// Writes the rows divided by their L2 norm; a row of zeros stays zero. In and out may be the same.
void NormalizeRows(const float* in, std::size_t rows, std::size_t dimension, float* out);

// An uninitialized array: std::vector would write every element once more.
inline std::unique_ptr<float[]> FloatBuffer(std::size_t count) {
  return std::make_unique_for_overwrite<float[]>(count);
}

}  // namespace densenode
