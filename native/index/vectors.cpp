#include "index/vectors.h"

#include <bit>
#include <cmath>
#include <cstdint>

#include "common/error.h"

namespace densenode {
namespace {

// On the bits, so that no compiler flag can reason it away: all exponent bits are set in infinity and NaN.
bool IsFinite(float value) {
  constexpr std::uint32_t kExponent = 0x7f800000;
  return (std::bit_cast<std::uint32_t>(value) & kExponent) != kExponent;
}

}  // namespace

bool HasUsableNorm(const float* values, std::size_t dimension, float most_squared) {
  bool finite = true;
  float squares = 0;
#pragma omp simd reduction(& : finite) reduction(+ : squares)
  for (std::size_t i = 0; i < dimension; ++i) {
    finite &= IsFinite(values[i]);
    squares += values[i] * values[i];
  }
  return finite && squares <= most_squared;
}

std::size_t CheckVectors(std::span<const float> vectors, std::size_t dimension, const char* what,
                         float most_squared_norm, std::size_t first) {
  if (vectors.size() % dimension != 0) {
    Fail(ErrorCode::kInvalidArgument, "expected rows of ", dimension, " values for each ", what, ", but got ",
         vectors.size(), " values, which is not a multiple of ", dimension);
  }
  const std::size_t rows = vectors.size() / dimension;
  for (std::size_t row = 0; row < rows; ++row) {
    const float* values = vectors.data() + row * dimension;
    if (HasUsableNorm(values, dimension, most_squared_norm)) continue;
    std::size_t column = 0;
    while (column < dimension && IsFinite(values[column])) ++column;
    if (column == dimension) {
      Fail(ErrorCode::kInvalidArgument, what, " ", first + row, " has a norm above ",
           std::sqrt(most_squared_norm), ": its distances would be infinite. Scale the vectors down");
    }
    Fail(ErrorCode::kInvalidArgument, what, " ", first + row, " has ",
         std::isnan(values[column]) ? "NaN" : "an infinite value", " at position ", column,
         ": every value must be finite");
  }
  return rows;
}

void NormalizeRows(const float* in, std::size_t rows, std::size_t dimension, float* out) {
  for (std::size_t row = 0; row < rows; ++row, in += dimension, out += dimension) {
    double squares = 0;  // in double: the squares of large floats overflow, those of small ones vanish
    for (std::size_t i = 0; i < dimension; ++i) squares += static_cast<double>(in[i]) * in[i];
    const double scale = squares > 0 ? 1 / std::sqrt(squares) : 0;
    for (std::size_t i = 0; i < dimension; ++i) out[i] = static_cast<float>(in[i] * scale);
  }
}

}  // namespace densenode
