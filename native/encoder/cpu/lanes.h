// Masks of the lanes of a vector of 16 floats.
#pragma once

#include <immintrin.h>

#include <cstddef>

namespace densenode::cpu {
namespace {  // a copy for each source: they are compiled for different CPUs

// The first `count` of 16 lanes; all for 16 and more.
inline __mmask16 FirstLanes(std::size_t count) {
  return static_cast<__mmask16>(count >= 16 ? 0xffff : (1u << count) - 1);
}

}  // namespace
}  // namespace densenode::cpu
