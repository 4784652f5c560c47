// What stands between the two products of a feed-forward network.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

#include "encoder/cpu/bf16.h"

namespace densenode::cpu {

enum class Activation {
  kNone,
  kGelu,      // x Phi(x), Phi the normal distribution (Hendrycks and Gimpel 2016, arXiv:1606.08415)
  kGeluTanh,  // 0.5 x (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3))), from the same paper
  kRelu,
};

// By config.json's hidden_act; nothing for an unknown name.
std::optional<Activation> ParseActivation(std::string_view name);

// out = activation(in + bias) as bf16, for `rows` rows of 32 values. Absolute error of GELU before rounding
// at most 6e-5.
void ActivateBlock(Activation activation, const float* in, std::size_t in_stride, const float* bias,
                   std::size_t rows, Bf16* out, std::size_t out_stride);

}  // namespace densenode::cpu
