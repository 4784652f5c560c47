// What stands between the two products of a feed-forward network.
#pragma once

#include <cstddef>

#include "encoder/architecture/transformer_spec.h"
#include "encoder/cpu/bf16.h"

namespace densenode::cpu {

// out = activation(in + bias) as bf16, for `rows` rows of 32 values. Absolute error of GELU before rounding
// at most 5e-5.
void ActivateBlock(Activation activation, const float* in, std::size_t in_stride, const float* bias,
                   std::size_t rows, Bf16* out, std::size_t out_stride);

// out = activation(gate + gate_bias) x (in + bias), for `rows` rows of 32 values without gaps between them.
void ActivateGatedBlock(Activation activation, const float* gate, const float* gate_bias, const float* in,
                        const float* bias, std::size_t rows, Bf16* out, std::size_t out_stride);

}  // namespace densenode::cpu
