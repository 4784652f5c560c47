#include "encoder/architecture/features.h"

#include <algorithm>

namespace densenode {
namespace {

template <typename Has>
bool AnyLayer(const TransformerSpec& spec, Has has) {
  return std::any_of(spec.layers.begin(), spec.layers.end(), has);
}

template <typename Has>
bool AnyAttention(const TransformerSpec& spec, Has has) {
  return AnyLayer(spec, [&](const LayerSpec& layer) { return has(layer.attention); });
}

template <typename Has>
bool AnyNorm(const TransformerSpec& spec, Has has) {
  const auto is = [&](const std::optional<NormSpec>& norm) { return norm && has(*norm); };
  return is(spec.embeddings.norm) || is(spec.final_norm) || AnyLayer(spec, [&](const LayerSpec& layer) {
           return is(layer.attention_norm) || is(layer.feed_forward_norm) ||
                  is(layer.attention_output_norm) || is(layer.feed_forward_output_norm);
         });
}

bool HasRotary(const TransformerSpec& spec) {
  return AnyAttention(spec, [](const AttentionSpec& attention) { return attention.rotary.has_value(); });
}

bool LacksBias(const TransformerSpec& spec) {
  return AnyNorm(spec, [](const NormSpec& norm) { return !norm.bias; }) ||
         AnyLayer(spec, [](const LayerSpec& layer) {
           const AttentionSpec& attention = layer.attention;
           return !attention.query.bias || !attention.key.bias || !attention.value.bias ||
                  !attention.output.bias || !layer.feed_forward.up.bias || !layer.feed_forward.down.bias;
         });
}

struct Row {
  Feature feature;
  const char* words;
  bool (*in)(const TransformerSpec& spec);
};

constexpr Row kFeatures[] = {
    {Feature::kProjectedEmbeddings, "embeddings of another width than the layers",
     [](const TransformerSpec& spec) { return spec.embeddings.projection.has_value(); }},
    {Feature::kRelativeBias, "a relative bias in attention",
     [](const TransformerSpec& spec) { return spec.relative_bias.has_value(); }},
    {Feature::kAlibi, "ALiBi", [](const TransformerSpec& spec) { return !spec.alibi_slopes.empty(); }},
    {Feature::kRotaryPositions, "rotary positions", HasRotary},
    {Feature::kNoPositions, "attention without positions",
     [](const TransformerSpec& spec) {
       return !spec.embeddings.positions && !spec.relative_bias && spec.alibi_slopes.empty() &&
              !HasRotary(spec);
     }},
    {Feature::kNormBefore, "layers that are normalized before",
     [](const TransformerSpec& spec) {
       return spec.norm_placement == NormPlacement::kBefore || spec.final_norm.has_value();
     }},
    {Feature::kRmsNorm, "RMSNorm",
     [](const TransformerSpec& spec) {
       return AnyNorm(spec, [](const NormSpec& norm) { return norm.kind == NormSpec::Kind::kRms; });
     }},
    {Feature::kMissingNorm, "embeddings or layers without a norm",
     [](const TransformerSpec& spec) {
       return !spec.embeddings.norm || AnyLayer(spec, [](const LayerSpec& layer) {
         return !layer.attention_norm || !layer.feed_forward_norm;
       });
     }},
    {Feature::kMissingBias, "linear maps or norms without a bias", LacksBias},
    {Feature::kGatedFeedForward, "a gated feed-forward network",
     [](const TransformerSpec& spec) {
       return AnyLayer(spec, [](const LayerSpec& layer) { return layer.feed_forward.gate.has_value(); });
     }},
    {Feature::kGroupedQueries, "grouped queries",
     [](const TransformerSpec& spec) {
       return AnyAttention(spec, [](const AttentionSpec& a) { return a.heads != a.key_value_heads; });
     }},
    {Feature::kQueryKeyNorm, "normalized queries and keys",
     [](const TransformerSpec& spec) {
       return AnyAttention(spec, [](const AttentionSpec& a) { return a.query_norm || a.key_norm; });
     }},
    {Feature::kCausalAttention, "causal attention",
     [](const TransformerSpec& spec) {
       return AnyAttention(spec, [](const AttentionSpec& a) { return a.causal; });
     }},
    {Feature::kWindowedAttention, "attention in a window",
     [](const TransformerSpec& spec) {
       return AnyAttention(spec, [](const AttentionSpec& a) { return a.window.has_value(); });
     }},
    {Feature::kScaledWords, "scaled embeddings of words",
     [](const TransformerSpec& spec) { return spec.embeddings.word_scale != 1; }},
    {Feature::kOutputNorm, "norms after the parts of a layer",
     [](const TransformerSpec& spec) {
       return AnyLayer(spec, [](const LayerSpec& layer) {
         return layer.attention_output_norm || layer.feed_forward_output_norm;
       });
     }},
};

}  // namespace

std::string FeatureBeyond(const TransformerSpec& spec, std::span<const Feature> supported) {
  for (const Row& row : kFeatures) {
    if (std::find(supported.begin(), supported.end(), row.feature) == supported.end() && row.in(spec))
      return row.words;
  }
  return "";
}

}  // namespace densenode
