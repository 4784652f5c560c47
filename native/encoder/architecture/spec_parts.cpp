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

NormSpec MakeRmsNorm(const std::string& name, std::size_t width, float epsilon) {
  return {NormSpec::Kind::kRms, {name + ".weight"}, std::nullopt, width, epsilon};
}

LinearSpec MakeLinearRows(const std::string& name, RowsOf rows, std::size_t outputs, std::size_t inputs,
                          bool bias) {
  LinearSpec linear = MakeLinear(name, outputs, inputs, bias);
  const auto place = [&](TensorPlace& tensor) {
    tensor.first_row = rows.first;
    tensor.rows_in_all = rows.all;
  };
  place(linear.weight);
  if (linear.bias) place(*linear.bias);
  return linear;
}

void SetHeads(std::size_t heads, std::size_t key_value_heads, std::size_t head_size,
              AttentionSpec* attention) {
  attention->heads = heads;
  attention->key_value_heads = key_value_heads;
  attention->head_size = head_size;
  attention->scale = 1.0f / std::sqrt(static_cast<float>(head_size));
}

void SetFusedProjections(const std::string& name, std::size_t hidden, bool bias, AttentionSpec* attention) {
  const std::size_t queries = attention->heads * attention->head_size;
  const std::size_t keys = attention->key_value_heads * attention->head_size, all = queries + 2 * keys;
  attention->query = MakeLinearRows(name, {0, all}, queries, hidden, bias);
  attention->key = MakeLinearRows(name, {queries, all}, keys, hidden, bias);
  attention->value = MakeLinearRows(name, {queries + keys, all}, keys, hidden, bias);
}

TableSpec MakeTable(const std::string& name, std::size_t rows) { return {{name + ".weight"}, rows}; }

LayerSpec MakePostNormLayer(const std::string& layer, const PostNormNames& names,
                            const PostNormSizes& sizes) {
  const std::size_t hidden = sizes.hidden, all_heads = sizes.heads * sizes.head_size;
  LayerSpec spec;
  AttentionSpec& attention = spec.attention;
  SetHeads(sizes.heads, sizes.heads, sizes.head_size, &attention);
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
