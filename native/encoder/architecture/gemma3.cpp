// Gemma 3 (Gemma Team 2025, arXiv:2503.19786) and EmbeddingGemma (arXiv:2509.20354): norms before and after
// each part, their stored gains added to one, and attention that sees near tokens alone in most layers.
#include <cmath>

#include "encoder/architecture/decoder_parts.h"
#include "encoder/architecture/families.h"
#include "encoder/architecture/layer_types.h"
#include "encoder/architecture/rotary_reader.h"
#include "encoder/architecture/spec_parts.h"

namespace densenode {
namespace {

constexpr std::size_t kMostTokens = std::size_t{1} << 24;

bool IsLocal(const ConfigReader& config, std::size_t layer, std::size_t layers) {
  if (const auto sliding = IsSliding(config, layer, layers)) return *sliding;
  return (layer + 1) % config.SizeOr("sliding_window_pattern", 1, 1 << 10, 6) != 0;
}

}  // namespace

TransformerSpec ParseGemma3(const ConfigReader& config) {
  config.Require("attn_logit_softcapping", nullptr);
  TransformerSpec spec;
  const std::size_t hidden = spec.hidden = config.Width();
  const std::size_t inner = config.InnerSize(), layers = config.LayerCount();
  const DecoderHeads heads = ReadDecoderHeads(config, hidden, 256);
  const bool attention_bias = config.FlagOr("attention_bias", false);
  const bool causal = !config.FlagOr("use_bidirectional_attention", false);
  const std::size_t sliding_window = config.SizeOr("sliding_window", 1, kMostTokens, 4096);
  const float scale =
      1.0f / std::sqrt(static_cast<float>(config.NumberOr("query_pre_attn_scalar", 1e-3, 1e6, 256)));
  const float epsilon = config.Epsilon("rms_norm_eps", 1e-6);
  const auto make_norm = [epsilon](const std::string& name, std::size_t width) {
    NormSpec norm = MakeRmsNorm(name, width, epsilon);
    norm.added_to_gain = 1;
    return norm;
  };

  spec.norm_placement = NormPlacement::kBefore;
  spec.embeddings.width = hidden;
  spec.embeddings.words = MakeTable("embed_tokens", config.VocabularySize());
  spec.embeddings.word_scale = std::sqrt(static_cast<float>(hidden));
  spec.final_norm = make_norm("norm", hidden);
  const RotaryPositions global =
      ReadRotary(config, heads.size, {.theta = 1000000, .layer_type = "full_attention"});
  const RotaryPositions local = ReadRotary(config, heads.size,
                                           {.theta = 10000,
                                            .theta_key = "rope_local_base_freq",
                                            .layer_type = "sliding_attention",
                                            .scaling_key = nullptr});
  const Activation activation = config.ActivationAt("hidden_activation", "gelu_pytorch_tanh");

  AddLayers(
      layers,
      [&](std::size_t i) {
        const std::string name = "layers." + std::to_string(i) + ".";
        LayerSpec layer;
        layer.attention_norm = make_norm(name + "input_layernorm", hidden);
        AttentionSpec& attention = layer.attention;
        SetHeads(heads.count, heads.key_value_count, heads.size, &attention);
        attention.scale = scale;
        attention.causal = causal;
        const bool is_local = IsLocal(config, i, layers);
        attention.rotary = is_local ? local : global;
        // Without causality the window is cut in half: as many tokens on either side.
        if (is_local) attention.window = causal ? sliding_window - 1 : sliding_window / 2;
        SetProjections(name + "self_attn.", hidden, attention_bias, attention_bias, &attention);
        attention.query_norm = make_norm(name + "self_attn.q_norm", heads.size);
        attention.key_norm = make_norm(name + "self_attn.k_norm", heads.size);
        layer.attention_output_norm = make_norm(name + "post_attention_layernorm", hidden);
        layer.feed_forward_norm = make_norm(name + "pre_feedforward_layernorm", hidden);
        layer.feed_forward = MakeGatedFeedForward(name + "mlp.", hidden, inner, activation, false);
        layer.feed_forward_output_norm = make_norm(name + "post_feedforward_layernorm", hidden);
        return layer;
      },
      &spec);
  return spec;
}

}  // namespace densenode
