#include "encoder/architecture/decoder_parts.h"

#include "encoder/architecture/spec_parts.h"

namespace densenode {

DecoderHeads ReadDecoderHeads(const ConfigReader& config, std::size_t hidden, std::size_t usual_size) {
  DecoderHeads heads;
  heads.count = config.HeadCount();
  heads.key_value_count = config.SizeOr("num_key_value_heads", 1, 1 << 10, heads.count);
  if (heads.count % heads.key_value_count != 0) {
    Fail(ErrorCode::kModelInvalid, config.path(), ": num_attention_heads ", heads.count,
         " is no multiple of num_key_value_heads ", heads.key_value_count);
  }
  if (config.Has("head_dim")) {
    heads.size = config.Size("head_dim", 1, 1 << 16);
  } else {
    heads.size = usual_size > 0 ? usual_size : config.HeadSize(hidden, heads.count);
  }
  return heads;
}

void SetProjections(const std::string& name, std::size_t hidden, bool bias, bool output_bias,
                    AttentionSpec* attention) {
  const std::size_t queries = attention->heads * attention->head_size;
  const std::size_t keys = attention->key_value_heads * attention->head_size;
  attention->query = MakeLinear(name + "q_proj", queries, hidden, bias);
  attention->key = MakeLinear(name + "k_proj", keys, hidden, bias);
  attention->value = MakeLinear(name + "v_proj", keys, hidden, bias);
  attention->output = MakeLinear(name + "o_proj", hidden, queries, output_bias);
}

FeedForwardSpec MakeGatedFeedForward(const std::string& name, std::size_t hidden, std::size_t inner,
                                     Activation activation, bool bias) {
  FeedForwardSpec forward;
  forward.activation = activation;
  forward.gate = MakeLinear(name + "gate_proj", inner, hidden, bias);
  forward.up = MakeLinear(name + "up_proj", inner, hidden, bias);
  forward.down = MakeLinear(name + "down_proj", hidden, inner, bias);
  return forward;
}

}  // namespace densenode
