// ALBERT (Lan et al. 2020, arXiv:1909.11942): narrow embeddings mapped to the layers' width, and few
// different layers run many times.
#include <algorithm>

#include "encoder/architecture/families.h"
#include "encoder/architecture/spec_parts.h"

namespace densenode {
namespace {

constexpr PostNormNames kNames = {
    .query = "attention.query",
    .key = "attention.key",
    .value = "attention.value",
    .attention_output = "attention.dense",
    .attention_norm = "attention.LayerNorm",
    .up = "ffn",
    .down = "ffn_output",
    .feed_forward_norm = "full_layer_layer_norm",
};
constexpr std::size_t kMaxLayers = 1 << 10;

}  // namespace

TransformerSpec ParseAlbert(const ConfigReader& config) {
  config.Require("position_embedding_type", "absolute");
  TransformerSpec spec;
  spec.hidden = config.Width();
  const std::size_t width = config.Width("embedding_size");
  const float epsilon = config.Epsilon();
  spec.embeddings.width = width;
  spec.embeddings.words = MakeTable("embeddings.word_embeddings", config.VocabularySize());
  spec.embeddings.positions = {MakeTable("embeddings.position_embeddings", config.PositionCount())};
  spec.embeddings.types = MakeTable("embeddings.token_type_embeddings", config.TypeCount());
  spec.embeddings.norm = MakeLayerNorm("embeddings.LayerNorm", width, epsilon);
  spec.embeddings.projection = MakeLinear("encoder.embedding_hidden_mapping_in", spec.hidden, width);

  PostNormSizes sizes{
      spec.hidden, config.HeadCount(), 0, config.InnerSize(), config.ActivationAt("hidden_act", "gelu_new"),
      epsilon};
  sizes.head_size = config.HeadSize(sizes.hidden, sizes.heads);
  const std::size_t runs = config.LayerCount();
  const std::size_t groups = config.SizeOr("num_hidden_groups", 1, runs, 1);
  const std::size_t group_size = config.SizeOr("inner_group_num", 1, kMaxLayers / runs, 1);
  for (std::size_t group = 0; group < groups; ++group) {
    for (std::size_t i = 0; i < group_size; ++i) {
      const std::string layer = "encoder.albert_layer_groups." + std::to_string(group) + ".albert_layers." +
                                std::to_string(i) + ".";
      spec.layers.push_back(MakePostNormLayer(layer, kNames, sizes));
    }
  }
  // Divided as Python's transformers does, whose rounding decides where groups do not divide the runs.
  const double runs_each = static_cast<double>(runs) / static_cast<double>(groups);
  for (std::size_t run = 0; run < runs; ++run) {
    const auto group = std::min(static_cast<std::size_t>(static_cast<double>(run) / runs_each), groups - 1);
    for (std::size_t i = 0; i < group_size; ++i) spec.layer_order.push_back(group * group_size + i);
  }
  return spec;
}

}  // namespace densenode
