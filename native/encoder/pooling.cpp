#include "encoder/pooling.h"

#include <algorithm>
#include <cmath>

#include "common/error.h"

namespace densenode {
namespace {

constexpr std::pair<PoolingMode, const char*> kModes[] = {{PoolingMode::kCls, "cls"},
                                                          {PoolingMode::kMean, "mean"},
                                                          {PoolingMode::kMax, "max"},
                                                          {PoolingMode::kMeanSqrtLen, "mean_sqrt_len"},
                                                          {PoolingMode::kLastToken, "last_token"}};

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
  Fail(ErrorCode::kInvalidArgument, "pooling must be cls, mean, max, mean_sqrt_len or last_token, not \"",
       name, "\"");
}

void Normalize(float* values, std::size_t count) {
  double squares = 0;
  for (std::size_t d = 0; d < count; ++d) squares += static_cast<double>(values[d]) * values[d];
  const auto scale = static_cast<float>(1.0 / std::max(std::sqrt(squares), 1e-12));
  for (std::size_t d = 0; d < count; ++d) values[d] *= scale;
}

void PoolText(PoolingMode mode, const float* hidden, std::size_t length, std::size_t dimension,
              std::size_t out_dimension, bool normalize, float* out) {
  if (length == 0) {  // a text without any token
    std::fill_n(out, out_dimension, 0.0f);
    return;
  }
  const auto tokens = static_cast<float>(length);
  switch (mode) {
    case PoolingMode::kCls:
      std::copy_n(hidden, out_dimension, out);
      break;
    case PoolingMode::kLastToken:
      std::copy_n(hidden + (length - 1) * dimension, out_dimension, out);
      break;
    case PoolingMode::kMax:
      Maximum(hidden, length, dimension, out_dimension, out);
      break;
    case PoolingMode::kMean:
      ScaledSum(hidden, length, dimension, out_dimension, 1.0f / tokens, out);
      break;
    case PoolingMode::kMeanSqrtLen:
      ScaledSum(hidden, length, dimension, out_dimension, 1.0f / std::sqrt(tokens), out);
      break;
  }
  if (normalize) Normalize(out, out_dimension);
}

}  // namespace densenode
