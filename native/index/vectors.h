// Checks and small transforms of row-major float matrices on their way into an index.
#pragma once

#include <cstddef>
#include <limits>
#include <memory>
#include <span>

namespace densenode {

// Between vectors of at most this squared norm every distance is finite: |a - b|^2 <= 2 |a|^2 + 2 |b|^2. An
// infinite or undefined distance would keep FAISS's HNSW search from ever ending.
constexpr float kMostSquaredNorm = std::numeric_limits<float>::max() / 4;
// Of vectors that pass a linear transform first, which may scale them up
// (FaissLayers::transforms_are_bounded).
constexpr float kMostSquaredNormToTransform = 1e18F;
constexpr float kAnySquaredNorm =
    std::numeric_limits<float>::infinity();  // for vectors that are normalized later

// True if no value is NaN or infinite and the squared norm is at most `most_squared`.
bool HasUsableNorm(const float* values, std::size_t dimension, float most_squared = kMostSquaredNorm);

// Rows of `vectors`; throws INVALID_ARGUMENT if its length is not a multiple of `dimension`, or a row has no
// usable norm. `what` names the rows in the message: "vector", "query"; the first of them has the number
// `first`.
std::size_t CheckVectors(std::span<const float> vectors, std::size_t dimension, const char* what,
                         float most_squared_norm = kMostSquaredNorm, std::size_t first = 0);

// Writes the rows divided by their L2 norm; a row of zeros stays zero. In and out may be the same.
void NormalizeRows(const float* in, std::size_t rows, std::size_t dimension, float* out);

// An uninitialized array: std::vector would write every element once more.
inline std::unique_ptr<float[]> FloatBuffer(std::size_t count) {
  return std::make_unique_for_overwrite<float[]>(count);
}

}  // namespace densenode
