#include "encoder/modules/activation.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "common/error.h"

namespace densenode {
namespace {

template <float (*function)(float)>
void Map(float* values, std::size_t count) {
  std::transform(values, values + count, values, function);
}

float Sigmoid(float x) { return 1 / (1 + std::exp(-x)); }
// log(1 + e^x) without overflow.
float Softplus(float x) { return std::max(x, 0.0f) + std::log1p(std::exp(-std::abs(x))); }

float Elu(float x) { return x > 0 ? x : std::expm1(x); }
float Gelu(float x) { return 0.5f * x * (1 + std::erf(x * 0.70710678f)); }
float Hardtanh(float x) { return std::clamp(x, -1.0f, 1.0f); }
float LeakyRelu(float x) { return x > 0 ? x : 0.01f * x; }
float Mish(float x) { return x * std::tanh(Softplus(x)); }
float Relu(float x) { return std::max(x, 0.0f); }
float Relu6(float x) { return std::clamp(x, 0.0f, 6.0f); }
float Selu(float x) { return 1.05070098f * (x > 0 ? x : 1.67326324f * std::expm1(x)); }
float Silu(float x) { return x * Sigmoid(x); }
float Softsign(float x) { return x / (1 + std::abs(x)); }
float Tanh(float x) { return std::tanh(x); }

constexpr std::pair<std::string_view, ActivationFunction> kActivations[] = {
    {"Identity", nullptr},       {"Tanh", Map<Tanh>},         {"GELU", Map<Gelu>},
    {"ReLU", Map<Relu>},         {"Sigmoid", Map<Sigmoid>},   {"SiLU", Map<Silu>},
    {"ELU", Map<Elu>},           {"Hardtanh", Map<Hardtanh>}, {"LeakyReLU", Map<LeakyRelu>},
    {"Mish", Map<Mish>},         {"ReLU6", Map<Relu6>},       {"SELU", Map<Selu>},
    {"Softplus", Map<Softplus>}, {"Softsign", Map<Softsign>},
};

}  // namespace

ActivationFunction TorchActivation(std::string_view path, const std::string& where) {
  if (path.starts_with("torch.")) {
    for (const auto& [name, activation] : kActivations) {
      if (path.substr(path.rfind('.') + 1) == name) return activation;
    }
  }
  std::string known;
  for (const auto& [name, unused] : kActivations) known += (known.empty() ? "" : ", ") + std::string(name);
  Fail(ErrorCode::kModelUnsupported, where, ": activation function \"", path,
       "\" is not supported; those of torch.nn that are: ", known);
}

}  // namespace densenode
