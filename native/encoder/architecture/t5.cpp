// The encoder of T5 (Raffel et al. 2020, arXiv:1910.10683), also of T5 1.1 with its gated feed-forward layer:
// GTR, sentence-t5, Instructor.
#include "encoder/architecture/families.h"
#include "encoder/architecture/spec_parts.h"

namespace densenode {
namespace {

struct FeedForwardKind {
  bool gated;
  Activation activation;
};

// "relu", "gated-gelu", ...
FeedForwardKind ReadFeedForward(const ConfigReader& config) {
  const std::string kind = config.TextOr("feed_forward_proj", "relu");
  if (kind == "relu") return {false, Activation::kRelu};
  if (kind == "gated-gelu")
    return {true, Activation::kGeluTanh};  // gelu_new, as Python's transformers takes it
  if (kind == "gated-silu") return {true, Activation::kSilu};
  Fail(ErrorCode::kModelUnsupported, config.path(), ": feed_forward_proj \"", kind,
       "\" is not supported; relu, gated-gelu and gated-silu are");
}

}  // namespace

TransformerSpec ParseT5(const ConfigReader& config) {
  TransformerSpec spec;
  const std::size_t hidden = spec.hidden = config.Width("d_model");
  const std::size_t inner = config.InnerSize("d_ff"), heads = config.HeadCount("num_heads");
  const std::size_t head_size = config.Size("d_kv", 1, 1 << 16), all_heads = heads * head_size;
  const float epsilon = config.Epsilon("layer_norm_epsilon", 1e-6);
  const FeedForwardKind kind = ReadFeedForward(config);
  spec.norm_placement = NormPlacement::kBefore;
  spec.embeddings.width = hidden;
  spec.embeddings.words = MakeTable("shared", config.VocabularySize());
  spec.renamed = {
      {"shared.weight", "encoder.embed_tokens.weight"}};  // the same tensor: one of both is stored
  spec.final_norm = MakeRmsNorm("encoder.final_layer_norm", hidden, epsilon);
  const std::size_t buckets = config.SizeOr("relative_attention_num_buckets", 4, 1 << 12, 32);
  const std::size_t longest = config.SizeOr("relative_attention_max_distance", 2, 1 << 24, 128);
  if (longest <= buckets / 4) {  // these many near distances have a bucket each
    Fail(ErrorCode::kModelInvalid, config.path(), ": relative_attention_max_distance ", longest,
         " must be above a quarter of relative_attention_num_buckets ", buckets);
  }
  spec.relative_bias = {MakeTable("encoder.block.0.layer.0.SelfAttention.relative_attention_bias", buckets),
                        longest};
  AddLayers(
      config.LayerCount("num_layers"),
      [&](std::size_t i) {
        const std::string block = "encoder.block." + std::to_string(i) + ".layer.";
        LayerSpec layer;
        layer.attention_norm = MakeRmsNorm(block + "0.layer_norm", hidden, epsilon);
        AttentionSpec& attention = layer.attention;
        SetHeads(heads, heads, head_size, &attention);
        attention.scale = 1;  // T5's weights are made for scores that nothing scales
        const std::string self = block + "0.SelfAttention.";
        attention.query = MakeLinear(self + "q", all_heads, hidden, false);
        attention.key = MakeLinear(self + "k", all_heads, hidden, false);
        attention.value = MakeLinear(self + "v", all_heads, hidden, false);
        attention.output = MakeLinear(self + "o", hidden, all_heads, false);
        layer.feed_forward_norm = MakeRmsNorm(block + "1.layer_norm", hidden, epsilon);
        const std::string dense = block + "1.DenseReluDense.";
        layer.feed_forward.activation = kind.activation;
        if (kind.gated) layer.feed_forward.gate = MakeLinear(dense + "wi_0", inner, hidden, false);
        layer.feed_forward.up = MakeLinear(dense + (kind.gated ? "wi_1" : "wi"), inner, hidden, false);
        layer.feed_forward.down = MakeLinear(dense + "wo", hidden, inner, false);
        return layer;
      },
      &spec);
  return spec;
}

}  // namespace densenode
