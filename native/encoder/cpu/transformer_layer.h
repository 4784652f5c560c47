// One layer of a post-norm encoder, as BERT has it (Devlin et al. 2019, arXiv:1810.04805).
#pragma once

#include <cstddef>

#include "encoder/cpu/attention.h"
#include "encoder/cpu/linear.h"
#include "encoder/cpu/workspace.h"

namespace densenode::cpu {

struct NormWeights {
  PaddedVector gain;
  PaddedVector bias;
  float epsilon = 0;
  std::size_t width = 0;

  LayerNorm norm() const { return {gain.data(), bias.data(), epsilon, width}; }
  std::size_t bytes() const { return gain.bytes() + bias.bytes(); }
};

struct TransformerLayer {
  AttentionShape attention;
  Linear queries_keys_values;
  Linear attention_output;
  NormWeights attention_norm;
  Linear up;
  Activation activation = Activation::kGelu;
  Linear down;
  NormWeights output_norm;

  std::size_t bytes() const;
};

// Takes the rows in `workspace` through the layer. `kernel` has been entered.
void RunLayer(const ProductKernel& kernel, const TransformerLayer& layer,
              std::span<const std::int32_t> lengths, Workspace* workspace);

}  // namespace densenode::cpu
