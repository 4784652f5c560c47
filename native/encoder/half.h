// fp32 to fp16 and back.
#pragma once

#include <cstddef>
#include <cstdint>

namespace densenode {

// Rounds to nearest, ties to even. Returns false, with `out` undefined, when a finite value is too large for
// fp16 (65,520 and more in size would become infinite).
bool FloatToHalf(const float* in, std::size_t count, std::uint16_t* out);

// The fp32 values of `count` fp16 values, which need not be aligned.
void HalfToFloat(const void* in, std::size_t count, float* out);

}  // namespace densenode
