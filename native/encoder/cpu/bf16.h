// bfloat16 values as their bits, and the sizes that kernels work in.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

namespace densenode::cpu {

using Bf16 = std::uint16_t;

// Widths of activations and weights are padded with zeros to multiples of this: 32 values of bf16 fill a
// vector and a row of a tile.
constexpr std::size_t kBlock = 32;

constexpr std::size_t RoundUp(std::size_t value, std::size_t to) { return (value + to - 1) / to * to; }

// Rounds to nearest, ties to even; NaN stays NaN.
inline Bf16 ToBf16(float value) {
  std::uint32_t bits;
  std::memcpy(&bits, &value, sizeof bits);
  if ((bits & 0x7fffffff) > 0x7f800000) return static_cast<Bf16>(bits >> 16 | 0x40);
  return static_cast<Bf16>((bits + 0x7fff + (bits >> 16 & 1)) >> 16);
}

inline float FromBf16(Bf16 value) {
  const std::uint32_t bits = std::uint32_t{value} << 16;
  float wide;
  std::memcpy(&wide, &bits, sizeof wide);
  return wide;
}

}  // namespace densenode::cpu
