#include "encoder/heads/head_weights.h"

#include <algorithm>
#include <iterator>
#include <string_view>
#include <utility>
#include <vector>

#include "common/error.h"

namespace densenode {
namespace {

constexpr std::pair<std::string_view, const char*> kTorchNames[] = {
    {"gelu", "torch.nn.GELU"},  {"relu", "torch.nn.ReLU"}, {"silu", "torch.nn.SiLU"},
    {"swish", "torch.nn.SiLU"}, {"tanh", "torch.nn.Tanh"}, {"sigmoid", "torch.nn.Sigmoid"},
};

}  // namespace

std::unique_ptr<Dense> HeadWeights::Linear(const std::string& name, std::size_t outputs, std::size_t inputs,
                                           ActivationFunction activation) const {
  return Linear(name + ".weight", name + ".bias", outputs, inputs, activation);
}

std::unique_ptr<Dense> HeadWeights::Linear(const std::string& weight, const std::string& bias,
                                           std::size_t outputs, std::size_t inputs,
                                           ActivationFunction activation) const {
  const auto rows = static_cast<std::int64_t>(outputs), columns = static_cast<std::int64_t>(inputs);
  return std::make_unique<Dense>(checkpoint_.Float32(weight, {rows, columns}),
                                 checkpoint_.Has(bias) ? checkpoint_.Float32(bias, {rows}) : FloatTensor{},
                                 activation);
}

std::unique_ptr<LayerNormModule> HeadWeights::Norm(const std::string& name, std::size_t width,
                                                   const char* epsilon, float otherwise) const {
  const std::vector<std::int64_t> shape = {static_cast<std::int64_t>(width)};
  FloatTensor bias;
  if (checkpoint_.Has(name + ".bias")) {
    bias = checkpoint_.Float32(name + ".bias", shape);
  } else {
    const auto zeros = std::make_shared<std::vector<float>>(width);
    bias = {shape, *zeros, zeros};
  }
  const auto found = description_.config.find(epsilon);
  const bool given = found != description_.config.end() && found->is_number();
  return std::make_unique<LayerNormModule>(checkpoint_.Float32(name + ".weight", shape), std::move(bias),
                                           given ? found->get<float>() : otherwise);
}

std::size_t HeadWeights::Rows(const std::string& name, std::size_t most) const {
  const auto& shape = checkpoint_.Shape(name);
  if (shape.empty() || shape.front() < 1 || static_cast<std::uint64_t>(shape.front()) > most) {
    Fail(ErrorCode::kModelInvalid, description_.safetensors, ": \"", name, "\" must have from 1 to ", most,
         " rows");
  }
  return static_cast<std::size_t>(shape.front());
}

ActivationFunction HeadWeights::Activation(const std::string& name) const {
  const auto found = std::find_if(std::begin(kTorchNames), std::end(kTorchNames),
                                  [&](const auto& entry) { return entry.first == name; });
  return TorchActivation(found == std::end(kTorchNames) ? name : found->second,
                         description_.config_path.string());
}

}  // namespace densenode
