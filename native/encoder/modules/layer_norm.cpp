#include "encoder/modules/layer_norm.h"

#include <cmath>
#include <utility>

#include "encoder/folder/config_file.h"
#include "encoder/folder/module_weights.h"

namespace densenode {

LayerNormModule::LayerNormModule(FloatTensor gain, FloatTensor bias, float epsilon)
    : gain_(std::move(gain)), bias_(std::move(bias)), epsilon_(epsilon) {}

std::unique_ptr<LayerNormModule> LayerNormModule::Load(const std::filesystem::path& folder) {
  const std::filesystem::path path = folder / "config.json";
  const std::vector<std::int64_t> shape = {
      static_cast<std::int64_t>(DimensionAt(ReadConfig(path), "dimension", path))};
  const Safetensors weights = OpenModuleWeights(folder);
  return std::make_unique<LayerNormModule>(weights.Float32("norm.weight", shape),
                                           weights.Float32("norm.bias", shape), 1e-5f);
}

void LayerNormModule::Apply(const float* in, std::size_t rows, float* out) const {
  const std::size_t dimension = gain_.values.size();
  for (std::size_t row = 0; row < rows; ++row, in += dimension, out += dimension) {
    double mean = 0, variance = 0;
    for (std::size_t d = 0; d < dimension; ++d) mean += in[d];
    mean /= static_cast<double>(dimension);
    for (std::size_t d = 0; d < dimension; ++d) variance += (in[d] - mean) * (in[d] - mean);
    variance /= static_cast<double>(dimension);
    const double scale = 1 / std::sqrt(variance + epsilon_);
    for (std::size_t d = 0; d < dimension; ++d)
      out[d] = static_cast<float>((in[d] - mean) * scale) * gain_.values[d] + bias_.values[d];
  }
}

}  // namespace densenode
