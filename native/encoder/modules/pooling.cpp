#include "encoder/modules/pooling.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "common/error.h"

namespace densenode {
namespace {

constexpr std::pair<PoolingMode, const char*> kModes[] = {
    {PoolingMode::kCls, "cls"},
    {PoolingMode::kMean, "mean"},
    {PoolingMode::kMax, "max"},
    {PoolingMode::kMeanSqrtLen, "mean_sqrt_len"},
    {PoolingMode::kWeightedMean, "weighted_mean"},
    {PoolingMode::kLastToken, "last_token"},
};

// out[d] = scale * sum over the rows of hidden[., d].
void ScaledSum(const float* hidden, std::size_t length, std::size_t stride, std::size_t count, float scale,
               float* out) {
  std::fill_n(out, count, 0.0f);
  for (std::size_t row = 0; row < length; ++row) {
    const float* values = hidden + row * stride;
    for (std::size_t d = 0; d < count; ++d) out[d] += values[d];
  }
  for (std::size_t d = 0; d < count; ++d) out[d] *= scale;
}

// The mean of the rows from `first` on, row i with the weight i + 1 (Muennighoff 2022, arXiv:2202.08904).
void WeightedMean(const float* hidden, std::size_t first, std::size_t length, std::size_t stride,
                  std::size_t count, float* out) {
  std::fill_n(out, count, 0.0f);
  double weights = 0;
  for (std::size_t row = first; row < length; ++row) {
    const float* values = hidden + row * stride;
    const auto weight = static_cast<float>(row + 1);
    weights += weight;
    for (std::size_t d = 0; d < count; ++d) out[d] += weight * values[d];
  }
  for (std::size_t d = 0; d < count; ++d) out[d] /= static_cast<float>(weights);
}

void Maximum(const float* hidden, std::size_t length, std::size_t stride, std::size_t count, float* out) {
  std::copy_n(hidden, count, out);
  for (std::size_t row = 1; row < length; ++row) {
    const float* values = hidden + row * stride;
    for (std::size_t d = 0; d < count; ++d) out[d] = std::max(out[d], values[d]);
  }
}

}  // namespace

const char* PoolingModeName(PoolingMode mode) {
  for (const auto& [value, name] : kModes) {
    if (value == mode) return name;
  }
  return "unknown";
}

PoolingMode ParsePoolingMode(std::string_view name) {
  for (const auto& [mode, known] : kModes) {
    if (name == known) return mode;
  }
  Fail(ErrorCode::kInvalidArgument,
       "pooling must be cls, mean, max, mean_sqrt_len, weighted_mean or last_token, not \"", name, "\"");
}

void Normalize(float* values, std::size_t count) {
  double squares = 0;
  for (std::size_t d = 0; d < count; ++d) squares += static_cast<double>(values[d]) * values[d];
  const auto scale = static_cast<float>(1.0 / std::max(std::sqrt(squares), 1e-12));
  for (std::size_t d = 0; d < count; ++d) values[d] *= scale;
}

void PoolText(PoolingMode mode, const float* hidden, std::size_t length, std::size_t left_out,
              std::size_t dimension, std::size_t out_dimension, float* out) {
  if (left_out >= length) {
    if (mode != PoolingMode::kCls || length == 0) {
      std::fill_n(out, out_dimension, 0.0f);
      return;
    }
    left_out = 0;
  }
  const float* const first = hidden + left_out * dimension;
  const std::size_t rows = length - left_out;
  const auto tokens = static_cast<float>(rows);
  switch (mode) {
    case PoolingMode::kCls:
      std::copy_n(first, out_dimension, out);
      break;
    case PoolingMode::kLastToken:
      std::copy_n(hidden + (length - 1) * dimension, out_dimension, out);
      break;
    case PoolingMode::kMax:
      Maximum(first, rows, dimension, out_dimension, out);
      break;
    case PoolingMode::kMean:
      ScaledSum(first, rows, dimension, out_dimension, 1.0f / tokens, out);
      break;
    case PoolingMode::kMeanSqrtLen:
      ScaledSum(first, rows, dimension, out_dimension, 1.0f / std::sqrt(tokens), out);
      break;
    case PoolingMode::kWeightedMean:
      WeightedMean(hidden, left_out, length, dimension, out_dimension, out);
      break;
  }
}

}  // namespace densenode
