#include "encoder/linear_adapter.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "common/error.h"
#include "common/matrix_product.h"
#include "encoder/modules/pooling.h"

namespace densenode {
namespace {

constexpr std::size_t kRowsAtOnce =
    256;  // a copy of 256 rows of 1,024 values stays in the second-level cache

bool AllFinite(const std::vector<float>& values) {
  return std::all_of(values.begin(), values.end(), [](float value) { return std::isfinite(value); });
}

bool IsZero(const float* row, std::size_t count) {
  return std::all_of(row, row + count, [](float value) { return value == 0; });
}

}  // namespace

LinearAdapter::LinearAdapter(std::size_t dimension, std::vector<float> weight, std::vector<float> bias,
                             std::string model)
    : dimension_(dimension), weight_(std::move(weight)), bias_(std::move(bias)), model_(std::move(model)) {
  if (dimension == 0 || dimension > kMaxDimension || weight_.size() != dimension * dimension ||
      (!bias_.empty() && bias_.size() != dimension)) {
    Fail(ErrorCode::kInvalidArgument, "an adapter of dimension ", dimension, " (1 to ", kMaxDimension,
         ") needs dimension x dimension weights and as many biases or none, not ", weight_.size(), " and ",
         bias_.size());
  }
  if (!AllFinite(weight_) || !AllFinite(bias_))
    Fail(ErrorCode::kInvalidArgument, "the weights of an adapter must be finite");
}

void LinearAdapter::Apply(const float* embeddings, std::size_t count, float* out) const {
  std::vector<float> scaled(std::min(count, kRowsAtOnce) * dimension_);
  for (std::size_t first = 0; first < count; first += kRowsAtOnce) {
    const std::size_t rows = std::min(kRowsAtOnce, count - first);
    std::copy_n(embeddings + first * dimension_, rows * dimension_, scaled.begin());
    for (std::size_t i = 0; i < rows; ++i) Normalize(scaled.data() + i * dimension_, dimension_);
    float* to = out + first * dimension_;
    for (std::size_t i = 0; i < rows && !bias_.empty(); ++i)
      std::copy(bias_.begin(), bias_.end(), to + i * dimension_);
    MatrixProduct(Transpose::kNo, Transpose::kYes, rows, dimension_, dimension_, 1, scaled.data(),
                  weight_.data(), bias_.empty() ? 0 : 1, to);
    for (std::size_t i = 0; i < rows; ++i) {
      float* row = to + i * dimension_;
      if (IsZero(scaled.data() + i * dimension_, dimension_)) std::fill_n(row, dimension_, 0.0f);
      Normalize(row, dimension_);
    }
  }
}

}  // namespace densenode
