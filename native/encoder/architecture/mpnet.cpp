// MPNet (Song et al. 2020, arXiv:2004.09297): BERT without token types, with a relative bias in attention.
#include "encoder/architecture/families.h"
#include "encoder/architecture/spec_parts.h"

namespace densenode {
namespace {

constexpr PostNormNames kNames = {
    .query = "attention.attn.q",
    .key = "attention.attn.k",
    .value = "attention.attn.v",
    .attention_output = "attention.attn.o",
    .attention_norm = "attention.LayerNorm",
    .up = "intermediate.dense",
    .down = "output.dense",
    .feed_forward_norm = "output.LayerNorm",
};

// Python's transformers takes these whatever config.json says.
constexpr std::size_t kBuckets = 32;
constexpr std::size_t kLongestDistance = 128;
constexpr std::size_t kPaddingId = 1;

}  // namespace

TransformerSpec ParseMpnet(const ConfigReader& config) {
  config.Require("relative_attention_num_buckets", kBuckets);
  config.Require("pad_token_id", kPaddingId);
  TransformerSpec spec;
  spec.hidden = config.Width();
  const float epsilon = config.Epsilon();
  spec.embeddings.width = spec.hidden;
  spec.embeddings.words = MakeTable("embeddings.word_embeddings", config.VocabularySize());
  spec.embeddings.positions = {MakeTable("embeddings.position_embeddings", config.PositionCount())};
  FollowPadding(config, kPaddingId, &*spec.embeddings.positions);
  spec.embeddings.norm = MakeLayerNorm("embeddings.LayerNorm", spec.hidden, epsilon);
  spec.relative_bias = {MakeTable("encoder.relative_attention_bias", kBuckets), kLongestDistance};

  PostNormSizes sizes{spec.hidden, config.HeadCount(), 0, config.InnerSize(), config.ActivationAt(), epsilon};
  sizes.head_size = config.HeadSize(sizes.hidden, sizes.heads);
  AddLayers(
      config.LayerCount(),
      [&](std::size_t i) {
        return MakePostNormLayer("encoder.layer." + std::to_string(i) + ".", kNames, sizes);
      },
      &spec);
  return spec;
}

}  // namespace densenode
