// One vector per text out of its token vectors.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>
#include <vector>

namespace densenode {

enum class PoolingMode { kCls, kMean, kMax, kMeanSqrtLen, kWeightedMean, kLastToken };

// "cls", "mean", "max", "mean_sqrt_len", "weighted_mean", "last_token".
const char* PoolingModeName(PoolingMode mode);
// Throws INVALID_ARGUMENT with the list of names.
PoolingMode ParsePoolingMode(std::string_view name);

// Pools one text. `hidden` is length x dimension, row major, without padding rows. The first `left_out` rows
// (the prompt's) are not pooled; those behind them keep their positions as weights of kWeightedMean, which
// counts from 1. Writes the first `out_dimension` values to `out`. A text without rows, or with none but the
// prompt's, gets zeros; kCls takes its first row then.
void PoolText(PoolingMode mode, const float* hidden, std::size_t length, std::size_t left_out,
              std::size_t dimension, std::size_t out_dimension, float* out);

// What modules of type Pooling do: several modes are joined end to end, in this order.
struct Pooling {
  std::vector<PoolingMode> modes = {PoolingMode::kMean};
  bool include_prompt = true;
  std::optional<std::size_t> dimension;  // of token vectors, where the folder says it
};

// Divides `count` values by their L2 norm (at least 1e-12, as torch.nn.functional.normalize), in place.
void Normalize(float* values, std::size_t count);

}  // namespace densenode
