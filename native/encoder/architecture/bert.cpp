// BERT (Devlin et al. 2019, arXiv:1810.04805) and what differs from it in positions and embeddings alone:
// RoBERTa (Liu et al. 2019, arXiv:1907.11692) with XLM-RoBERTa and CamemBERT, and ELECTRA (Clark et al. 2020,
// arXiv:2003.10555).
#include "encoder/architecture/families.h"
#include "encoder/architecture/spec_parts.h"

namespace densenode {
namespace {

constexpr PostNormNames kNames = {
    .query = "attention.self.query",
    .key = "attention.self.key",
    .value = "attention.self.value",
    .attention_output = "attention.output.dense",
    .attention_norm = "attention.output.LayerNorm",
    .up = "intermediate.dense",
    .down = "output.dense",
    .feed_forward_norm = "output.LayerNorm",
};

}  // namespace

TransformerSpec ParseBert(const ConfigReader& config) {
  config.Require("position_embedding_type", "absolute");
  config.Require("is_decoder", false);  // embeddings need an encoder
  TransformerSpec spec;
  spec.hidden = config.Width();
  // Checkpoints that were converted from TensorFlow.
  spec.renamed = {{"LayerNorm.weight", "LayerNorm.gamma"}, {"LayerNorm.bias", "LayerNorm.beta"}};

  const float epsilon = config.Epsilon();
  EmbeddingSpec& embeddings = spec.embeddings;
  embeddings.width = spec.hidden;
  embeddings.words = MakeTable("embeddings.word_embeddings", config.VocabularySize());
  embeddings.positions = {MakeTable("embeddings.position_embeddings", config.PositionCount())};
  embeddings.types = MakeTable("embeddings.token_type_embeddings", config.TypeCount());
  embeddings.norm = MakeLayerNorm("embeddings.LayerNorm", spec.hidden, epsilon);

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

TransformerSpec ParseRoberta(const ConfigReader& config) {
  TransformerSpec spec = ParseBert(config);
  FollowPadding(config, config.PaddingId(1), &*spec.embeddings.positions);
  return spec;
}

TransformerSpec ParseElectra(const ConfigReader& config) {
  TransformerSpec spec = ParseBert(config);
  const std::size_t width = config.Width("embedding_size");
  spec.embeddings.width = spec.embeddings.norm->width = width;
  if (width != spec.hidden) spec.embeddings.projection = MakeLinear("embeddings_project", spec.hidden, width);
  return spec;
}

}  // namespace densenode
