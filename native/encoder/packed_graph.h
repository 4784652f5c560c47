// Post-norm encoders on packed tokens: texts one after another without padding, every row of every operator a
// real token. For ONNX Runtime's CUDA provider, whose operators these are; attention alone knows where texts
// begin.
#pragma once

#include <cstddef>
#include <functional>
#include <string>

#include "encoder/architecture/features.h"
#include "encoder/checkpoint.h"
#include "encoder/graph_builder.h"

namespace densenode {

enum class WeightType { kFloat32, kFloat16 };

// The graph's inputs, int32, for T tokens in B texts, the longest of S tokens; its output is [T, hidden] in
// the type of the weights.
namespace packed {
constexpr const char* kIds = "input_ids";                          // [T]
constexpr const char* kTypeIds = "token_type_ids";                 // [T], where the model has types
constexpr const char* kPositions = "position_ids";                 // [T], see PositionIds
constexpr const char* kTokenOffset = "token_offset";               // [B, S], see Packing
constexpr const char* kCumulative = "cumulative_sequence_length";  // [B + 1]
constexpr const char* kHidden = "last_hidden_state";
}  // namespace packed

// What it computes beyond BERT.
constexpr Feature kPackedFeatures[] = {Feature::kProjectedEmbeddings};

// Adds the nodes of one self-attention, all heads, and returns the output's name. `qkv` is [T, heads, 3, head
// size], without its bias; `bias` is [3 x heads x head size], those of all queries, then keys, then values.
using PackedAttention = std::function<std::string(GraphBuilder& graph, const AttentionSpec& attention,
                                                  const std::string& qkv, const std::string& bias)>;

// com.microsoft PackedMultiHeadAttention.
std::string PackedAttentionNode(GraphBuilder& graph, const AttentionSpec& attention, const std::string& qkv,
                                const std::string& bias);

struct PackedGraph {
  GraphBuilder graph;
  std::size_t weight_bytes = 0;
};

// `spec` has no features but kPackedFeatures. Weights are named, checked and, where their type and layout
// fit, used in place as in OpenTransformerSession; others are copied into memory that the built session owns.
PackedGraph BuildPackedGraph(const TransformerSpec& spec, const Checkpoint& checkpoint, WeightType type,
                             const PackedAttention& attention);

}  // namespace densenode
