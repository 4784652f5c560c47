// out = activation(weight x + bias), plus x, mapped or not, where the module has a residual connection.
#pragma once

#include <filesystem>
#include <memory>

#include "encoder/modules/activation.h"
#include "encoder/modules/module.h"
#include "encoder/safetensors.h"

namespace densenode {

class Dense : public Module {
 public:
  // `weight`: outputs x inputs; `bias`: outputs values or none.
  Dense(FloatTensor weight, FloatTensor bias, ActivationFunction activation);

  // Reads config.json and model.safetensors of a module's folder. Throws MODEL_INVALID, MODEL_UNSUPPORTED
  // (pytorch_model.bin, an unknown activation function) and as Safetensors::Open.
  static std::unique_ptr<Dense> Load(const std::filesystem::path& folder);

  std::size_t inputs() const override { return static_cast<std::size_t>(weight_.shape[1]); }
  std::size_t outputs() const override { return static_cast<std::size_t>(weight_.shape[0]); }
  void Apply(const float* in, std::size_t rows, float* out) const override;

 private:
  enum class Residual { kNone, kInput, kMapped };

  FloatTensor weight_, bias_;
  ActivationFunction activation_;
  Residual residual_ = Residual::kNone;
  FloatTensor residual_weight_;  // outputs x inputs, where mapped
};

}  // namespace densenode
