// LayerNorm of a text's vector (Ba et al. 2016, arXiv:1607.06450).
#pragma once

#include <filesystem>
#include <memory>

#include "encoder/modules/module.h"
#include "encoder/safetensors.h"

namespace densenode {

class LayerNormModule : public Module {
 public:
  // `gain` and `bias`: one value a dimension each.
  LayerNormModule(FloatTensor gain, FloatTensor bias, float epsilon);

  // Reads config.json and model.safetensors of a module's folder; the epsilon is torch.nn.LayerNorm's 1e-5.
  // Throws MODEL_INVALID, MODEL_UNSUPPORTED (pytorch_model.bin) and as Safetensors::Open.
  static std::unique_ptr<LayerNormModule> Load(const std::filesystem::path& folder);

  std::size_t inputs() const override { return gain_.values.size(); }
  std::size_t outputs() const override { return gain_.values.size(); }
  void Apply(const float* in, std::size_t rows, float* out) const override;

 private:
  FloatTensor gain_, bias_;
  float epsilon_;
};

}  // namespace densenode
