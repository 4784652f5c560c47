// GTE v1.5 and multilingual (Zhang et al. 2024, arXiv:2407.19669), model_type "new" of the publisher's code
// and "gte" of Python's transformers: BERT with rotary positions and GeGLU.
#include "encoder/architecture/families.h"
#include "encoder/architecture/rotary_reader.h"
#include "encoder/architecture/spec_parts.h"

namespace densenode {

TransformerSpec ParseGte(const ConfigReader& config) {
  config.Require("position_embedding_type", "rope");
  config.Require("layer_norm_type", "layer_norm");
  config.Require("pack_qkv", true);
  config.Require("logn_attention_scale", false);
  TransformerSpec spec;
  const std::size_t hidden = spec.hidden = config.Width();
  const std::size_t inner = config.InnerSize(), heads = config.HeadCount();
  const std::size_t head_size = config.HeadSize(hidden, heads);
  const float epsilon = config.Epsilon();
  spec.embeddings.width = hidden;
  spec.embeddings.words = MakeTable("embeddings.word_embeddings", config.VocabularySize());
  const std::size_t types = config.SizeOr("type_vocab_size", 0, 1 << 10, 0);
  if (types > 0) spec.embeddings.types = MakeTable("embeddings.token_type_embeddings", types);
  spec.embeddings.norm = MakeLayerNorm("embeddings.LayerNorm", hidden, epsilon);
  const RotaryPositions rotary = ReadRotary(config, head_size, {.theta = 160000});
  const Activation activation = config.ActivationAt();
  AddLayers(
      config.LayerCount(),
      [&](std::size_t i) {
        const std::string name = "encoder.layer." + std::to_string(i) + ".";
        LayerSpec layer;
        AttentionSpec& attention = layer.attention;
        SetHeads(heads, heads, head_size, &attention);
        attention.rotary = rotary;
        SetFusedProjections(name + "attention.qkv_proj", hidden, true, &attention);
        attention.output = MakeLinear(name + "attention.o_proj", hidden, hidden);
        layer.attention_norm = MakeLayerNorm(name + "attn_ln", hidden, epsilon);
        const std::string wide = name + "mlp.up_gate_proj";
        layer.feed_forward.activation = activation;
        layer.feed_forward.up = MakeLinearRows(wide, {0, 2 * inner}, inner, hidden, false);
        layer.feed_forward.gate = MakeLinearRows(wide, {inner, 2 * inner}, inner, hidden, false);
        layer.feed_forward.down = MakeLinear(name + "mlp.down_proj", hidden, inner);
        layer.feed_forward_norm = MakeLayerNorm(name + "mlp_ln", hidden, epsilon);
        return layer;
      },
      &spec);
  return spec;
}

}  // namespace densenode
