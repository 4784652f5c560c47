#include "encoder/architecture/spec_parts.h"

#include <cmath>

namespace densenode {
namespace {

std::optional<TensorPlace> BiasOf(const std::string& name, bool there) {
  if (!there) return std::nullopt;
  return TensorPlace{name + ".bias"};
}

}  // namespace

LinearSpec MakeLinear(const std::string& name, std::size_t outputs, std::size_t inputs, bool bias) {
  return {{name + ".weight"}, BiasOf(name, bias), outputs, inputs};
}

NormSpec MakeLayerNorm(const std::string& name, std::size_t width, float epsilon, bool bias) {
  return {NormSpec::Kind::kLayer, {name + ".weight"}, BiasOf(name, bias), width, epsilon};
}

TableSpec MakeTable(const std::string& name, std::size_t rows) { return {{name + ".weight"}, rows}; }

LayerSpec MakePostNormLayer(const std::string& layer, const PostNormNames& names,
                            const PostNormSizes& sizes) {
  const std::size_t hidden = sizes.hidden, all_heads = sizes.heads * sizes.head_size;
  LayerSpec spec;
  AttentionSpec& attention = spec.attention;
  attention.heads = attention.key_value_heads = sizes.heads;
  attention.head_size = sizes.head_size;
  attention.scale = 1.0f / std::sqrt(static_cast<float>(sizes.head_size));
  attention.query = MakeLinear(layer + names.query, all_heads, hidden);
  attention.key = MakeLinear(layer + names.key, all_heads, hidden);
  attention.value = MakeLinear(layer + names.value, all_heads, hidden);
  attention.output = MakeLinear(layer + names.attention_output, hidden, all_heads);
  spec.attention_norm = MakeLayerNorm(layer + names.attention_norm, hidden, sizes.epsilon);
  spec.feed_forward.activation = sizes.activation;
  spec.feed_forward.up = MakeLinear(layer + names.up, sizes.inner, hidden);
  spec.feed_forward.down = MakeLinear(layer + names.down, hidden, sizes.inner);
  spec.feed_forward_norm = MakeLayerNorm(layer + names.feed_forward_norm, hidden, sizes.epsilon);
  return spec;
}

void FollowPadding(const ConfigReader& config, std::size_t padding_id, AbsolutePositions* positions) {
  positions->first = padding_id + 1;
  positions->not_counted = static_cast<std::int32_t>(padding_id);
  if (positions->first < positions->table.rows) return;
  Fail(ErrorCode::kModelInvalid, config.path(), ": positions begin after the padding token's ", padding_id,
       ", but there are only ", positions->table.rows, " (max_position_embeddings)");
}

void AddLayers(std::size_t count, const std::function<LayerSpec(std::size_t)>& make, TransformerSpec* spec) {
  for (std::size_t i = 0; i < count; ++i) {
    spec->layer_order.push_back(spec->layers.size());
    spec->layers.push_back(make(i));
  }
}

}  // namespace densenode
