// One layer of a transformer: attention and a feed-forward network, each added to the rows and followed by
// the norm of what comes next: its own in post-norm layers (Devlin et al. 2019, arXiv:1810.04805), that of
// the next part in pre-norm ones, where the sum itself stays.
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "encoder/cpu/attention.h"
#include "encoder/cpu/heads.h"
#include "encoder/cpu/linear.h"
#include "encoder/cpu/workspace.h"

namespace densenode::cpu {

// Without values where there is no norm.
struct NormWeights {
  PaddedVector gain;
  PaddedVector bias;
  float epsilon = 0;
  std::size_t width = 0;
  bool centered = true;
  bool keeps_sum = false;

  LayerNorm norm() const { return {gain.data(), bias.data(), epsilon, width, centered, keeps_sum}; }
  HeadNorm head_norm() const { return {gain.data(), epsilon}; }
  std::size_t bytes() const { return gain.bytes() + bias.bytes(); }
};

struct TransformerLayer {
  AttentionShape attention;
  std::size_t head_size = 0;  // without padding
  Linear queries_keys, values;
  NormWeights query_norm, key_norm;   // of each head
  std::optional<std::size_t> rotary;  // number of its waves
  Linear attention_output;
  NormWeights attention_output_norm;
  NormWeights after_attention;
  Linear up;  // or, in networks with a gate:
  GatedLinear gated_up;
  Activation activation = Activation::kGelu;
  Linear down;
  NormWeights feed_forward_output_norm;

  std::size_t bytes() const;
  Linear& feed_forward_input() { return gated_up.outputs() > 0 ? gated_up.both : up; }
};

// The largest magnitude of each input of a layer's maps that take normalized rows.
struct InputRanges {
  std::vector<float> attention, feed_forward;
};

// What a batch has beside its rows.
struct LayerBatch {
  std::span<const std::int32_t> lengths;
  std::span<const RotaryWaves> waves;
  const DistanceBias* bias = nullptr;
  InputRanges* ranges = nullptr;  // unless null, widened to what comes
};

// Takes the rows in `workspace` through the layer; `after` is the norm that follows it. `kernel` has been
// entered.
void RunLayer(const ProductKernel& kernel, const TransformerLayer& layer, const LayerNorm& after,
              const LayerBatch& batch, Workspace* workspace);

}  // namespace densenode::cpu
