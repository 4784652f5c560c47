// What a transformer is made of, as data: read from config.json by its family (families.h), then by every
// engine. An engine knows no model by name; a family knows no engine.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace densenode {

// Where a tensor is: all rows of one in the checkpoint, or some of those of a tensor that holds several.
struct TensorPlace {
  std::string name;             // without the checkpoint's prefix
  std::size_t first_row = 0;    // of the rows that belong to this tensor
  std::size_t rows_in_all = 0;  // of the tensor in the checkpoint; 0: it has no other rows

  bool operator==(const TensorPlace&) const = default;
};

// y = x W^T + b, W stored [outputs, inputs] as PyTorch does.
struct LinearSpec {
  TensorPlace weight;
  std::optional<TensorPlace> bias;
  std::size_t outputs = 0;
  std::size_t inputs = 0;
};

struct NormSpec {
  enum class Kind {
    kLayer,  // (x - mean) / sqrt(variance + epsilon) (Ba et al. 2016, arXiv:1607.06450)
    kRms,    // x / sqrt(mean of squares + epsilon) (Zhang and Sennrich 2019, arXiv:1910.07467)
  };
  Kind kind = Kind::kLayer;
  TensorPlace gain;
  std::optional<TensorPlace> bias;
  std::size_t width = 0;
  float epsilon = 0;
  float added_to_gain = 0;  // Gemma stores gains less one
};

// Rows of embeddings, looked up by number.
struct TableSpec {
  TensorPlace weight;
  std::size_t rows = 0;
};

// A row for each position, added to the word's.
struct AbsolutePositions {
  TableSpec table;
  std::size_t first = 0;  // row of a text's first token
  // RoBERTa: tokens with this id, wherever they stand, get the row of this number and are not counted.
  std::optional<std::int32_t> not_counted = std::nullopt;

  std::size_t most_tokens() const { return table.rows - first; }
};

// Queries and keys turned by their position (Su et al. 2021, arXiv:2104.09864).
struct RotaryPositions {
  // Radians a position, one for each of n pairs: the values (i, i + n) of a head, whose others stay as they
  // are. Scaling of positions is in them already.
  std::vector<float> frequencies;

  bool operator==(const RotaryPositions&) const = default;
};

// A learnt number for each head and bucket of distances, added to scores (Raffel et al. 2020,
// arXiv:1910.10683); the same in all layers. The table is [buckets, heads].
struct RelativeBias {
  TableSpec table;
  std::size_t longest = 0;  // distances from here on share the last bucket
};

enum class Activation {
  kNone,
  kGelu,      // x Phi(x), Phi the normal distribution (Hendrycks and Gimpel 2016, arXiv:1606.08415)
  kGeluTanh,  // 0.5 x (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3))), from the same paper
  kRelu,
  kSilu,  // x / (1 + exp(-x))
};

struct AttentionSpec {
  std::size_t heads = 0;
  std::size_t key_value_heads = 0;  // fewer than heads: each serves heads / key_value_heads of them
  std::size_t head_size = 0;
  float scale = 1;                    // of Q K^T
  bool causal = false;                // tokens do not see later ones
  std::optional<std::size_t> window;  // tokens at most this far away are seen
  std::optional<RotaryPositions> rotary;
  std::optional<NormSpec> query_norm, key_norm;  // of each head
  LinearSpec query, key, value, output;
};

// down(activation(up(x))), or down(activation(gate(x)) * up(x)).
struct FeedForwardSpec {
  Activation activation = Activation::kGelu;
  LinearSpec up, down;
  std::optional<LinearSpec> gate;
};

enum class NormPlacement {
  kAfter,   // x = norm(x + part(x)): BERT
  kBefore,  // x = x + part(norm(x)); a norm of the last layer's output follows
};

struct LayerSpec {
  std::optional<NormSpec> attention_norm;
  AttentionSpec attention;
  std::optional<NormSpec> feed_forward_norm;
  FeedForwardSpec feed_forward;
  // Of what each part gives, before it is added: Gemma 3 has them beside the others.
  std::optional<NormSpec> attention_output_norm, feed_forward_output_norm;
};

// Word, position and type embeddings, summed, normalized, mapped to the layers' width.
struct EmbeddingSpec {
  std::size_t width = 0;
  TableSpec words;
  float word_scale = 1;  // of the words' rows
  std::optional<AbsolutePositions> positions;
  std::optional<TableSpec> types;
  std::optional<NormSpec> norm;
  std::optional<LinearSpec> projection;
};

struct TransformerSpec {
  std::string architecture;  // class in Python's transformers: "BertModel"
  // Names in the checkpoint have this in front where a head was saved with the model: "bert.".
  std::string prefix;
  // Ends of names that old checkpoints have in place of today's: {".LayerNorm.weight", ".LayerNorm.gamma"}.
  std::vector<std::pair<std::string, std::string>> renamed;

  std::size_t hidden = 0;  // width of the layers and of the result
  EmbeddingSpec embeddings;
  NormPlacement norm_placement = NormPlacement::kAfter;
  std::vector<LayerSpec> layers;         // different ones
  std::vector<std::size_t> layer_order;  // of `layers`, as they are run; ALBERT runs one many times
  std::optional<NormSpec> final_norm;
  std::optional<RelativeBias> relative_bias;
  std::vector<float> alibi_slopes;  // one a head: scores lose slope x distance (Press et al. 2022,
                                    // arXiv:2108.12409); empty without
};

}  // namespace densenode
