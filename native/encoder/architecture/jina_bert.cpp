// Jina BERT v2 (Günther et al. 2023, arXiv:2310.19923): BERT whose scores lose a share of the distance
// between tokens in place of position embeddings, with a gated feed-forward layer.
#include <cmath>

#include "encoder/architecture/families.h"
#include "encoder/architecture/spec_parts.h"

namespace densenode {
namespace {

// Slopes of ALiBi as its authors choose them (Press et al. 2022, arXiv:2108.12409): 2^(-8/n), 2^(-16/n), ...
// for a power of two; for other counts those of the power below, and every second one of the power above.
std::vector<float> AlibiSlopes(std::size_t heads) {
  std::size_t power = 1;
  while (2 * power <= heads) power *= 2;
  std::vector<float> slopes;
  const auto add = [&](std::size_t of, std::size_t i) {
    slopes.push_back(
        static_cast<float>(std::exp2(-8.0 * static_cast<double>(i + 1) / static_cast<double>(of))));
  };
  for (std::size_t i = 0; i < power; ++i) add(power, i);
  for (std::size_t i = 0; slopes.size() < heads; i += 2) add(2 * power, i);
  return slopes;
}

}  // namespace

TransformerSpec ParseJinaBert(const ConfigReader& config) {
  config.Require("position_embedding_type", "alibi");
  config.Require("is_decoder", false);
  config.Require("feed_forward_type", "geglu");
  TransformerSpec spec;
  const std::size_t hidden = spec.hidden = config.Width();
  const std::size_t inner = config.InnerSize(), heads = config.HeadCount();
  const std::size_t head_size = config.HeadSize(hidden, heads);
  const float epsilon = config.Epsilon();
  spec.embeddings.width = hidden;
  spec.embeddings.words = MakeTable("embeddings.word_embeddings", config.VocabularySize());
  spec.embeddings.types = MakeTable("embeddings.token_type_embeddings", config.TypeCount());
  spec.embeddings.norm = MakeLayerNorm("embeddings.LayerNorm", hidden, epsilon);
  spec.alibi_slopes = AlibiSlopes(heads);
  AddLayers(
      config.LayerCount(),
      [&](std::size_t i) {
        const std::string name = "encoder.layer." + std::to_string(i) + ".";
        LayerSpec layer;
        AttentionSpec& attention = layer.attention;
        SetHeads(heads, heads, head_size, &attention);
        attention.query = MakeLinear(name + "attention.self.query", hidden, hidden);
        attention.key = MakeLinear(name + "attention.self.key", hidden, hidden);
        attention.value = MakeLinear(name + "attention.self.value", hidden, hidden);
        attention.output = MakeLinear(name + "attention.output.dense", hidden, hidden);
        layer.attention_norm = MakeLayerNorm(name + "attention.output.LayerNorm", hidden, epsilon);
        const std::string wide = name + "mlp.gated_layers";
        layer.feed_forward.activation = Activation::kGelu;
        layer.feed_forward.gate = MakeLinearRows(wide, {0, 2 * inner}, inner, hidden, false);
        layer.feed_forward.up = MakeLinearRows(wide, {inner, 2 * inner}, inner, hidden, false);
        layer.feed_forward.down = MakeLinear(name + "mlp.wo", hidden, inner);
        layer.feed_forward_norm = MakeLayerNorm(name + "mlp.layernorm", hidden, epsilon);
        return layer;
      },
      &spec);
  return spec;
}

}  // namespace densenode
