// Parts that decoders have in common under the same names: Llama, Mistral, Qwen, Gemma.
#pragma once

#include <cstddef>
#include <string>

#include "encoder/architecture/config_reader.h"
#include "encoder/architecture/transformer_spec.h"

namespace densenode {

struct DecoderHeads {
  std::size_t count;
  std::size_t key_value_count;
  std::size_t size;
};
// "num_attention_heads", "num_key_value_heads" (else as many) and "head_dim" (else `usual_size`, or hidden /
// heads where that is 0). MODEL_INVALID unless the first is a multiple of the second.
DecoderHeads ReadDecoderHeads(const ConfigReader& config, std::size_t hidden, std::size_t usual_size = 0);

// q_proj, k_proj, v_proj and o_proj after `name`; the heads must be set.
void SetProjections(const std::string& name, std::size_t hidden, bool bias, bool output_bias,
                    AttentionSpec* attention);

// gate_proj, up_proj and down_proj after `name`.
FeedForwardSpec MakeGatedFeedForward(const std::string& name, std::size_t hidden, std::size_t inner,
                                     Activation activation, bool bias);

}  // namespace densenode
