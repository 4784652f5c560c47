// NomicBERT (Nussbaum et al. 2024, arXiv:2402.01613): BERT with rotary positions and a gated feed-forward
// layer. Its publisher's config.json has GPT-2's names, Python's transformers writes BERT's.
#include <algorithm>

#include "encoder/architecture/families.h"
#include "encoder/architecture/rotary_reader.h"
#include "encoder/architecture/spec_parts.h"

namespace densenode {
namespace {

struct NomicSizes {
  std::size_t hidden, inner, heads, layers;
  float epsilon;
  Activation activation;
  bool attention_bias, up_bias, down_bias;
};

// Variants of the publisher's code that none of its dense text models uses.
void RequireTextModel(const ConfigReader& config) {
  config.Require("causal", false);
  config.Require("parallel_block", false);
  config.Require("prenorm", false);
  config.Require("use_rms_norm", false);
  config.Require("norm_mlp", false);
  config.Require("scale_attn_by_inverse_layer_idx", false);
  config.Require("scale_attn_weights", true);
  config.Require("rotary_emb_interleaved", false);
  config.Require("rotary_emb_scale_base", nullptr);
  config.Require("activation_function", "swiglu");
  if (config.SizeOr("num_experts", 0, 1 << 10, 0) > 0) {
    Fail(ErrorCode::kModelUnsupported, config.path(), ": num_experts ", config.Value("num_experts").dump(),
         " (a mixture of experts) is not supported");
  }
}

NomicSizes ReadSizes(const ConfigReader& config) {
  if (!config.Has("n_embd")) {
    return {config.Width(),
            config.InnerSize(),
            config.HeadCount(),
            config.LayerCount(),
            config.Epsilon(),
            config.ActivationAt("hidden_act", "silu"),
            false,
            false,
            false};
  }
  RequireTextModel(config);
  return {config.Width("n_embd"),
          config.InnerSize("n_inner"),
          config.HeadCount("n_head"),
          config.LayerCount("n_layer"),
          config.Epsilon("layer_norm_epsilon", 1e-5),
          Activation::kSilu,
          config.FlagOr("qkv_proj_bias", true),
          config.FlagOr("mlp_fc1_bias", true),
          config.FlagOr("mlp_fc2_bias", true)};
}

RotaryPositions ReadNomicRotary(const ConfigReader& config, std::size_t head_size) {
  if (config.Has("rotary_emb_fraction") && config.NumberOr("rotary_emb_fraction", 0, 1, 0) != 1) {
    Fail(ErrorCode::kModelUnsupported, config.path(), ": rotary_emb_fraction ",
         config.Value("rotary_emb_fraction").dump(), " is not supported; 1 is");
  }
  const char* key = config.Has("rotary_emb_base") ? "rotary_emb_base" : "rope_theta";
  return ReadRotary(config, head_size, {.theta = config.Has("n_embd") ? 10000.0 : 1000.0, .theta_key = key});
}

}  // namespace

// "n_positions" of the publisher's files stands above "max_position_embeddings". With a
// "rotary_scaling_factor" texts longer than those of the training have frequencies of their own, which are
// not built: such texts are cut.
std::optional<std::size_t> NomicPositions(const ConfigReader& config) {
  if (!config.Has("n_positions")) return AllPositions(config);
  const std::size_t positions = config.PositionCount("n_positions");
  if (!config.Has("rotary_scaling_factor")) return positions;
  return std::min(positions, config.SizeOr("max_trained_positions", 1, std::size_t{1} << 24, 2048));
}

TransformerSpec ParseNomicBert(const ConfigReader& config) {
  const NomicSizes sizes = ReadSizes(config);
  const std::size_t hidden = sizes.hidden, inner = sizes.inner;
  const std::size_t head_size = config.HeadSize(hidden, sizes.heads);
  TransformerSpec spec;
  spec.hidden = spec.embeddings.width = hidden;
  spec.embeddings.words = MakeTable("embeddings.word_embeddings", config.VocabularySize());
  if (config.SizeOr("type_vocab_size", 0, 1 << 10, 2) > 0)
    spec.embeddings.types =
        MakeTable("embeddings.token_type_embeddings", config.SizeOr("type_vocab_size", 1, 1 << 10, 2));
  spec.embeddings.norm = MakeLayerNorm("emb_ln", hidden, sizes.epsilon);
  const RotaryPositions rotary = ReadNomicRotary(config, head_size);
  AddLayers(
      sizes.layers,
      [&](std::size_t i) {
        const std::string name = "encoder.layers." + std::to_string(i) + ".";
        LayerSpec layer;
        AttentionSpec& attention = layer.attention;
        SetHeads(sizes.heads, sizes.heads, head_size, &attention);
        attention.rotary = rotary;
        SetFusedProjections(name + "attn.Wqkv", hidden, sizes.attention_bias, &attention);
        attention.output = MakeLinear(name + "attn.out_proj", hidden, hidden, sizes.attention_bias);
        layer.attention_norm = MakeLayerNorm(name + "norm1", hidden, sizes.epsilon);
        layer.feed_forward.activation = sizes.activation;
        layer.feed_forward.up = MakeLinear(name + "mlp.fc11", inner, hidden, sizes.up_bias);
        layer.feed_forward.gate = MakeLinear(name + "mlp.fc12", inner, hidden, sizes.up_bias);
        layer.feed_forward.down = MakeLinear(name + "mlp.fc2", hidden, inner, sizes.down_bias);
        layer.feed_forward_norm = MakeLayerNorm(name + "norm2", hidden, sizes.epsilon);
        return layer;
      },
      &spec);
  return spec;
}

}  // namespace densenode
