// BERT on packed tokens: texts one after another without padding, every row of every operator a real token.
// For ONNX Runtime's CUDA provider, whose operators these are; attention alone knows where texts begin.
#pragma once

#include <cstddef>
#include <functional>
#include <string>

#include "encoder/bert_graph.h"
#include "encoder/graph_builder.h"
#include "encoder/safetensors.h"

namespace densenode {

enum class WeightType { kFloat32, kFloat16 };

// The graph's inputs, int32, for T tokens in B texts, the longest of S tokens; its output is [T, hidden_size]
// in the type of the weights.
namespace packed_bert {
constexpr const char* kIds = "input_ids";                          // [T]
constexpr const char* kTypeIds = "token_type_ids";                 // [T]
constexpr const char* kPositions = "position_ids";                 // [T], within each text
constexpr const char* kTokenOffset = "token_offset";               // [B, S], see PackedPositions
constexpr const char* kCumulative = "cumulative_sequence_length";  // [B + 1]
constexpr const char* kHidden = "last_hidden_state";
}  // namespace packed_bert

// Adds the nodes of one self-attention, all heads, and returns the output's name. `qkv` is [T, heads, 3, head
// size], without its bias; `bias` is [3 x hidden_size], those of all queries, then keys, then values.
using AttentionNodes =
    std::function<std::string(GraphBuilder& graph, const std::string& qkv, const std::string& bias)>;

// com.microsoft PackedMultiHeadAttention.
AttentionNodes PackedAttention(const BertConfig& config);

struct PackedBert {
  GraphBuilder graph;
  std::size_t weight_bytes = 0;
};

// Weights are named, checked and, where their type and layout fit, used in place as in OpenBertSession;
// others are copied into memory that the built session owns.
PackedBert BuildPackedBert(const BertConfig& config, const Safetensors& weights, WeightType type,
                           const AttentionNodes& attention);

}  // namespace densenode
