#include "encoder/graph/parts.h"

namespace densenode {

// softmax(scale Q K^T + bias) V for every head.
std::string AttentionNodes(GraphContext& context, const AttentionSpec& attention, const std::string& rows) {
  GraphBuilder& graph = context.graph();
  const auto project = [&](const LinearSpec& linear, std::size_t heads, std::vector<std::int64_t> order) {
    const std::string split =
        context.PerText(LinearNodes(context, linear, rows), {heads, attention.head_size});
    return graph.Node("Transpose", {split}, {{"perm", std::move(order)}});
  };
  const std::string queries = project(attention.query, attention.heads, {0, 2, 1, 3});
  const std::string keys = project(attention.key, attention.key_value_heads, {0, 2, 3, 1});
  const std::string values = project(attention.value, attention.key_value_heads, {0, 2, 1, 3});
  const std::string scores =
      graph.Node("FusedMatMul", {queries, keys}, {{"alpha", attention.scale}}, kMicrosoft);
  const std::string biased = graph.Node("Add", {scores, ScoreBiasNodes(context, attention)});
  const std::string shares = graph.Node("Softmax", {biased}, {{"axis", std::int64_t{-1}}});
  const std::string mixed = graph.Node("MatMul", {shares, values});
  const std::string joined =
      graph.Node("Transpose", {mixed}, {{"perm", std::vector<std::int64_t>{0, 2, 1, 3}}});
  return LinearNodes(context, attention.output, context.Rows(joined, attention.heads * attention.head_size));
}

}  // namespace densenode
