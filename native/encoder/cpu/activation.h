// What stands between the two products of a feed-forward network.
#pragma once

#include <cstddef>

#include "encoder/architecture/transformer_spec.h"
#include "encoder/cpu/bf16.h"

namespace densenode::cpu {

// What the sums of 32 columns of a product stand for: sum + bias, or, where bytes were multiplied,
// row scale x scale x (sum - row zero x weight sum) + bias.
struct ColumnTerms {
  const float* bias;
  const float* scales = nullptr;  // of bytes alone, as the others
  const float* weight_sums = nullptr;
  const float* row_scales = nullptr;
  const float* row_zeros = nullptr;
};

// out = activation(values) as bf16, for `rows` rows of 32 values, of which `in` has the sums. Absolute error
// of GELU before rounding at most 5e-5.
void ActivateBlock(Activation activation, const float* in, std::size_t in_stride, const ColumnTerms& terms,
                   std::size_t rows, Bf16* out, std::size_t out_stride);

// out = activation(gate) x values, for `rows` rows of 32 values; sums without gaps between them.
void ActivateGatedBlock(Activation activation, const float* gate, const ColumnTerms& gate_terms,
                        const float* in, const ColumnTerms& terms, std::size_t rows, Bf16* out,
                        std::size_t out_stride);

}  // namespace densenode::cpu
