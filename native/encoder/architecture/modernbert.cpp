// ModernBERT (Warner et al. 2024, arXiv:2412.13663): norms before, rotary positions, GeGLU, and attention
// that sees near tokens alone in most layers.
#include "encoder/architecture/families.h"
#include "encoder/architecture/layer_types.h"
#include "encoder/architecture/rotary_reader.h"
#include "encoder/architecture/spec_parts.h"

namespace densenode {
namespace {

// Older files have no "layer_types" but "global_attn_every_n_layers", and names of their own for the thetas.
bool IsLocal(const ConfigReader& config, std::size_t layer, std::size_t layers) {
  if (const auto sliding = IsSliding(config, layer, layers)) return *sliding;
  return layer % config.SizeOr("global_attn_every_n_layers", 1, 1 << 10, 3) != 0;
}

}  // namespace

TransformerSpec ParseModernBert(const ConfigReader& config) {
  TransformerSpec spec;
  const std::size_t hidden = spec.hidden = config.Width();
  const std::size_t inner = config.InnerSize(), heads = config.HeadCount(), layers = config.LayerCount();
  const std::size_t head_size = config.HeadSize(hidden, heads);
  const float epsilon = config.Epsilon("norm_eps", 1e-5);
  const bool norm_bias = config.FlagOr("norm_bias", false);
  const bool attention_bias = config.FlagOr("attention_bias", false);
  const bool feed_forward_bias = config.FlagOr("mlp_bias", false);
  const auto make_norm = [&](const std::string& name) {
    return MakeLayerNorm(name, hidden, epsilon, norm_bias);
  };

  spec.norm_placement = NormPlacement::kBefore;
  spec.embeddings.width = hidden;
  spec.embeddings.words = MakeTable("embeddings.tok_embeddings", config.VocabularySize());
  spec.embeddings.norm = make_norm("embeddings.norm");
  spec.final_norm = make_norm("final_norm");

  const RotaryPositions global = ReadRotary(
      config, head_size, {.theta = 160000, .theta_key = "global_rope_theta", .layer_type = "full_attention"});
  const RotaryPositions local =
      ReadRotary(config, head_size,
                 {.theta = 10000, .theta_key = "local_rope_theta", .layer_type = "sliding_attention"});
  const std::size_t window = config.SizeOr("local_attention", 1, 1 << 24, 128) / 2;
  const Activation activation = config.ActivationAt("hidden_activation");

  AddLayers(
      layers,
      [&](std::size_t i) {
        const std::string name = "layers." + std::to_string(i) + ".";
        LayerSpec layer;
        if (i > 0) layer.attention_norm = make_norm(name + "attn_norm");
        AttentionSpec& attention = layer.attention;
        SetHeads(heads, heads, head_size, &attention);
        const bool is_local = IsLocal(config, i, layers);
        attention.rotary = is_local ? local : global;
        if (is_local) attention.window = window;
        SetFusedProjections(name + "attn.Wqkv", hidden, attention_bias, &attention);
        attention.output = MakeLinear(name + "attn.Wo", hidden, hidden, attention_bias);
        layer.feed_forward_norm = make_norm(name + "mlp_norm");
        FeedForwardSpec& forward = layer.feed_forward;
        forward.activation = activation;
        const std::string wide = name + "mlp.Wi";
        forward.gate = MakeLinearRows(wide, {0, 2 * inner}, inner, hidden, feed_forward_bias);
        forward.up = MakeLinearRows(wide, {inner, 2 * inner}, inner, hidden, feed_forward_bias);
        forward.down = MakeLinear(name + "mlp.Wo", hidden, inner, feed_forward_bias);
        return layer;
      },
      &spec);
  return spec;
}

}  // namespace densenode
