// One vector per text out of its token vectors.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace densenode {

enum class PoolingMode { kCls, kMean, kMax, kMeanSqrtLen, kLastToken };

// "cls", "mean", "max", "mean_sqrt_len", "last_token".
const char* PoolingModeName(PoolingMode mode);
// Throws INVALID_ARGUMENT with the list of names.
PoolingMode ParsePoolingMode(std::string_view name);

// Pools one text. `hidden` is length x dimension, row major, without padding rows. Writes the first
// `out_dimension` values to `out` and, if asked, divides them by their L2 norm (at least 1e-12, as
// torch.nn.functional.normalize).
void PoolText(PoolingMode mode, const float* hidden, std::size_t length, std::size_t dimension,
              std::size_t out_dimension, bool normalize, float* out);

// Divides `count` values by their L2 norm (at least 1e-12), in place.
void Normalize(float* values, std::size_t count);

}  // namespace densenode
