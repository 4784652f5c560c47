// Decoders in the manner of Llama (Touvron et al. 2023, arXiv:2302.13971), as they serve as embedding models:
// Mistral (arXiv:2310.06825), Qwen2 (arXiv:2407.10671) and Qwen3 (arXiv:2505.09388), which differ in biases,
// in norms of queries and keys, and in which tokens are seen.
#include "encoder/architecture/decoder_parts.h"
#include "encoder/architecture/families.h"
#include "encoder/architecture/layer_types.h"
#include "encoder/architecture/rotary_reader.h"
#include "encoder/architecture/spec_parts.h"

namespace densenode {
namespace {

constexpr std::size_t kMostTokens = std::size_t{1} << 24;

struct DecoderBiases {
  bool projections = false;  // of queries, keys and values
  bool output = false;
  bool feed_forward = false;
};

// "is_causal" false: the publishers of gte-Qwen2 and others let tokens see later ones too.
bool IsCausal(const ConfigReader& config) { return config.FlagOr("is_causal", true); }

// Tokens at most this far away are seen. "sliding_window" counts the token itself where attention is causal,
// and not where it is not.
std::size_t WindowOf(std::size_t sliding_window, bool causal) {
  return causal ? sliding_window - 1 : sliding_window;
}

template <typename Window>
TransformerSpec ParseDecoder(const ConfigReader& config, const DecoderBiases& biases, bool normalized_heads,
                             Window window) {
  TransformerSpec spec;
  const std::size_t hidden = spec.hidden = config.Width();
  const std::size_t inner = config.InnerSize();
  const DecoderHeads heads = ReadDecoderHeads(config, hidden);
  const float epsilon = config.Epsilon("rms_norm_eps", 1e-6);
  const bool causal = IsCausal(config);
  spec.norm_placement = NormPlacement::kBefore;
  spec.embeddings.width = hidden;
  spec.embeddings.words = MakeTable("embed_tokens", config.VocabularySize());
  spec.final_norm = MakeRmsNorm("norm", hidden, epsilon);
  const RotaryPositions rotary = ReadRotary(config, heads.size, {.theta = 10000});
  const Activation activation = config.ActivationAt("hidden_act", "silu");
  AddLayers(
      config.LayerCount(),
      [&](std::size_t i) {
        const std::string name = "layers." + std::to_string(i) + ".";
        LayerSpec layer;
        layer.attention_norm = MakeRmsNorm(name + "input_layernorm", hidden, epsilon);
        AttentionSpec& attention = layer.attention;
        SetHeads(heads.count, heads.key_value_count, heads.size, &attention);
        attention.causal = causal;
        attention.window = window(i, causal);
        attention.rotary = rotary;
        SetProjections(name + "self_attn.", hidden, biases.projections, biases.output, &attention);
        if (normalized_heads) {
          attention.query_norm = MakeRmsNorm(name + "self_attn.q_norm", heads.size, epsilon);
          attention.key_norm = MakeRmsNorm(name + "self_attn.k_norm", heads.size, epsilon);
        }
        layer.feed_forward_norm = MakeRmsNorm(name + "post_attention_layernorm", hidden, epsilon);
        layer.feed_forward =
            MakeGatedFeedForward(name + "mlp.", hidden, inner, activation, biases.feed_forward);
        return layer;
      },
      &spec);
  return spec;
}

// Qwen: layers from "max_window_layers" on, where "use_sliding_window" says so.
auto QwenWindow(const ConfigReader& config) {
  return [&config](std::size_t layer, bool causal) -> std::optional<std::size_t> {
    const std::size_t layers = config.LayerCount();
    if (!config.FlagOr("use_sliding_window", false) || !config.Has("sliding_window")) return std::nullopt;
    const bool late = layer >= config.SizeOr("max_window_layers", 0, kMostTokens, 28);
    if (!IsSliding(config, layer, layers).value_or(late)) return std::nullopt;
    return WindowOf(config.Size("sliding_window", 1, kMostTokens), causal);
  };
}

}  // namespace

TransformerSpec ParseLlama(const ConfigReader& config) {
  const bool attention_bias = config.FlagOr("attention_bias", false);
  return ParseDecoder(config, {attention_bias, attention_bias, config.FlagOr("mlp_bias", false)}, false,
                      [](std::size_t, bool) -> std::optional<std::size_t> { return std::nullopt; });
}

TransformerSpec ParseMistral(const ConfigReader& config) {
  return ParseDecoder(config, {}, false, [&](std::size_t, bool causal) -> std::optional<std::size_t> {
    // Python's transformers takes 4096 where the key is missing; null says none.
    if (config.IsNull("sliding_window")) return std::nullopt;
    return WindowOf(config.SizeOr("sliding_window", 1, kMostTokens, 4096), causal);
  });
}

TransformerSpec ParseQwen2(const ConfigReader& config) {
  return ParseDecoder(config, {.projections = true}, false, QwenWindow(config));
}

TransformerSpec ParseQwen3(const ConfigReader& config) {
  const bool bias = config.FlagOr("attention_bias", false);
  return ParseDecoder(config, {bias, bias, false}, true, QwenWindow(config));
}

}  // namespace densenode
