// DistilBERT (Sanh et al. 2019, arXiv:1910.01108): BERT without token types.
#include "encoder/architecture/families.h"
#include "encoder/architecture/spec_parts.h"

namespace densenode {
namespace {

constexpr PostNormNames kNames = {
    .query = "attention.q_lin",
    .key = "attention.k_lin",
    .value = "attention.v_lin",
    .attention_output = "attention.out_lin",
    .attention_norm = "sa_layer_norm",
    .up = "ffn.lin1",
    .down = "ffn.lin2",
    .feed_forward_norm = "output_layer_norm",
};
constexpr float kEpsilon = 1e-12f;  // not in config.json

}  // namespace

TransformerSpec ParseDistilBert(const ConfigReader& config) {
  TransformerSpec spec;
  spec.hidden = config.Width("dim");
  spec.embeddings.width = spec.hidden;
  spec.embeddings.words = MakeTable("embeddings.word_embeddings", config.VocabularySize());
  spec.embeddings.positions = {MakeTable("embeddings.position_embeddings", config.PositionCount())};
  spec.embeddings.norm = MakeLayerNorm("embeddings.LayerNorm", spec.hidden, kEpsilon);

  PostNormSizes sizes{spec.hidden,
                      config.HeadCount("n_heads"),
                      0,
                      config.InnerSize("hidden_dim"),
                      config.ActivationAt("activation"),
                      kEpsilon};
  sizes.head_size = config.HeadSize(sizes.hidden, sizes.heads);
  AddLayers(
      config.LayerCount("n_layers"),
      [&](std::size_t i) {
        return MakePostNormLayer("transformer.layer." + std::to_string(i) + ".", kNames, sizes);
      },
      &spec);
  return spec;
}

}  // namespace densenode
