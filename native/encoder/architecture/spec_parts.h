// Parts of a spec that families are put together from.
#pragma once

#include <cstddef>
#include <functional>
#include <string>

#include "encoder/architecture/config_reader.h"
#include "encoder/architecture/transformer_spec.h"

namespace densenode {

// name + ".weight" and, if there is one, name + ".bias".
LinearSpec MakeLinear(const std::string& name, std::size_t outputs, std::size_t inputs, bool bias = true);
NormSpec MakeLayerNorm(const std::string& name, std::size_t width, float epsilon, bool bias = true);
NormSpec MakeRmsNorm(const std::string& name, std::size_t width, float epsilon);

// Of a tensor that holds the rows of several linear maps.
struct RowsOf {
  std::size_t first;
  std::size_t all;
};
LinearSpec MakeLinearRows(const std::string& name, RowsOf rows, std::size_t outputs, std::size_t inputs,
                          bool bias);

// Counts and the usual scale, 1 / sqrt(head size).
void SetHeads(std::size_t heads, std::size_t key_value_heads, std::size_t head_size,
              AttentionSpec* attention);
// Queries, keys and values in one tensor, in this order; the heads must be set.
void SetFusedProjections(const std::string& name, std::size_t hidden, bool bias, AttentionSpec* attention);

TableSpec MakeTable(const std::string& name, std::size_t rows);

// How a family names the parts of a layer whose norms come after (BERT and its relatives).
struct PostNormNames {
  const char* query;
  const char* key;
  const char* value;
  const char* attention_output;
  const char* attention_norm;
  const char* up;
  const char* down;
  const char* feed_forward_norm;
};
struct PostNormSizes {
  std::size_t hidden;
  std::size_t heads;
  std::size_t head_size;
  std::size_t inner;
  Activation activation;
  float epsilon;
};
// `layer` stands before all names: "encoder.layer.0.".
LayerSpec MakePostNormLayer(const std::string& layer, const PostNormNames& names, const PostNormSizes& sizes);

// Positions as RoBERTa counts them: from the row after that of the padding token, which itself is not
// counted. MODEL_INVALID where no row is left for a token.
void FollowPadding(const ConfigReader& config, std::size_t padding_id, AbsolutePositions* positions);

// Adds layers 0, 1, ... to be run in this order.
void AddLayers(std::size_t count, const std::function<LayerSpec(std::size_t)>& make, TransformerSpec* spec);

}  // namespace densenode
