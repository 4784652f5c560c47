// Activation functions by the names of their classes in torch.nn, with the parameters that these have by
// default.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace densenode {

// Maps `count` values in place; nullptr is the identity.
using ActivationFunction = void (*)(float* values, std::size_t count);

// "torch.nn.modules.activation.Tanh" or another path to the class; `where` is named in errors. Throws
// MODEL_UNSUPPORTED with the names that are known.
ActivationFunction TorchActivation(std::string_view path, const std::string& where);

}  // namespace densenode
