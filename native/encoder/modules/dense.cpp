#include "encoder/modules/dense.h"

#include <algorithm>
#include <string>
#include <utility>

#include "common/matrix_product.h"
#include "encoder/folder/config_file.h"
#include "encoder/folder/module_weights.h"

namespace densenode {
namespace {

constexpr const char* kTanh = "torch.nn.modules.activation.Tanh";  // where config.json names none

}  // namespace

Dense::Dense(FloatTensor weight, FloatTensor bias, ActivationFunction activation)
    : weight_(std::move(weight)), bias_(std::move(bias)), activation_(activation) {}

std::unique_ptr<Dense> Dense::Load(const std::filesystem::path& folder) {
  const std::filesystem::path path = folder / "config.json";
  const Json config = ReadConfig(path);
  const auto inputs = static_cast<std::int64_t>(DimensionAt(config, "in_features", path));
  const auto outputs = static_cast<std::int64_t>(DimensionAt(config, "out_features", path));
  const ActivationFunction activation =
      TorchActivation(StringOr(config, "activation_function", kTanh), path.string());
  const Safetensors weights = OpenModuleWeights(folder);
  const bool has_bias = config.value("bias", Json(true)) != false;
  auto dense = std::make_unique<Dense>(weights.Float32("linear.weight", {outputs, inputs}),
                                       has_bias ? weights.Float32("linear.bias", {outputs}) : FloatTensor{},
                                       activation);
  if (config.value("use_residual", Json(false)) == true) {
    dense->residual_ = inputs == outputs ? Residual::kInput : Residual::kMapped;
    if (dense->residual_ == Residual::kMapped)
      dense->residual_weight_ = weights.Float32("residual.weight", {outputs, inputs});
  }
  return dense;
}

void Dense::Apply(const float* in, std::size_t rows, float* out) const {
  const std::size_t values = outputs();
  const bool has_bias = !bias_.values.empty();
  for (std::size_t row = 0; row < rows && has_bias; ++row)
    std::copy(bias_.values.begin(), bias_.values.end(), out + row * values);
  MatrixProduct(Transpose::kNo, Transpose::kYes, rows, values, inputs(), 1, in, weight_.values.data(),
                has_bias ? 1 : 0, out);
  if (activation_) activation_(out, rows * values);
  if (residual_ == Residual::kInput) {
    for (std::size_t i = 0; i < rows * values; ++i) out[i] += in[i];
  } else if (residual_ == Residual::kMapped) {
    MatrixProduct(Transpose::kNo, Transpose::kYes, rows, values, inputs(), 1, in,
                  residual_weight_.values.data(), 1, out);
  }
}

}  // namespace densenode
