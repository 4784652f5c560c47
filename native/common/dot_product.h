// Dot product in double precision, term after term.
#pragma once

#include <cstddef>

namespace densenode {

inline double DotProduct(const float* a, const float* b, std::size_t count) {
  double sum = 0;
  for (std::size_t i = 0; i < count; ++i) sum += static_cast<double>(a[i]) * b[i];
  return sum;
}

}  // namespace densenode
