#include "encoder/graph/parts.h"

namespace densenode {
namespace {

std::int64_t Signed(std::size_t size) { return static_cast<std::int64_t>(size); }

// [texts, tokens, heads, head_size]: a projection whose heads are normalized and turned, where they are.
std::string HeadNodes(GraphContext& context, const AttentionSpec& attention, const LinearSpec& linear,
                      const std::optional<NormSpec>& norm, bool turned, const std::string& rows) {
  const std::size_t heads = linear.outputs / attention.head_size;
  std::string x = LinearNodes(context, linear, rows);
  if (norm) x = NormNodes(context, *norm, context.PerText(x, {heads, attention.head_size}));
  if (turned && attention.rotary) x = RotaryNodes(context, *attention.rotary, heads, attention.head_size, x);
  return context.PerText(x, {heads, attention.head_size});
}

// [texts, heads, tokens, tokens], where the heads that share keys were rows of one product.
std::string SplitScores(GraphContext& context, const std::string& scores, std::size_t heads) {
  const std::string shape = context.Shared("scores_shape_" + std::to_string(heads), [&](const std::string&) {
    GraphBuilder& graph = context.graph();
    const std::string texts = graph.Node("Shape", {context.Ids()}, {{"end", std::int64_t{1}}});
    const std::string tokens = graph.Node("Shape", {context.Ids()}, {{"start", std::int64_t{1}}});
    return graph.Node("Concat", {texts, context.Constant({Signed(heads)}), tokens, tokens},
                      {{"axis", std::int64_t{0}}});
  });
  return context.graph().Node("Reshape", {scores, shape});
}

}  // namespace

// softmax(scale Q K^T + bias) V for every head. Heads that share keys and values (Ainslie et al. 2023,
// arXiv:2305.13245) are rows of one product, so that nothing is repeated.
std::string AttentionNodes(GraphContext& context, const AttentionSpec& attention, const std::string& rows) {
  GraphBuilder& graph = context.graph();
  const std::int64_t heads = Signed(attention.heads), shared = Signed(attention.key_value_heads),
                     size = Signed(attention.head_size);
  const bool grouped = shared < heads;
  const auto transpose = [&](const std::string& x, std::vector<std::int64_t> order) {
    return graph.Node("Transpose", {x}, {{"perm", std::move(order)}});
  };
  const auto reshape = [&](const std::string& x, const std::vector<std::int64_t>& shape) {
    return graph.Node("Reshape", {x, context.Constant(shape)});  // 0: the size that was there
  };
  std::string queries = transpose(
      HeadNodes(context, attention, attention.query, attention.query_norm, true, rows), {0, 2, 1, 3});
  const std::string keys =
      transpose(HeadNodes(context, attention, attention.key, attention.key_norm, true, rows), {0, 2, 3, 1});
  const std::string values =
      transpose(HeadNodes(context, attention, attention.value, std::nullopt, false, rows), {0, 2, 1, 3});
  if (grouped) queries = reshape(queries, {0, shared, -1, size});
  std::string scores = graph.Node("FusedMatMul", {queries, keys}, {{"alpha", attention.scale}}, kMicrosoft);
  if (grouped) scores = SplitScores(context, scores, attention.heads);
  const std::string biased = graph.Node("Add", {scores, ScoreBiasNodes(context, attention)});
  std::string shares = graph.Node("Softmax", {biased}, {{"axis", std::int64_t{-1}}});
  if (grouped) shares = reshape(shares, {0, shared, -1, 0});
  std::string mixed = graph.Node("MatMul", {shares, values});
  if (grouped) mixed = reshape(mixed, {0, heads, -1, size});
  return LinearNodes(context, attention.output,
                     context.Rows(transpose(mixed, {0, 2, 1, 3}), attention.heads * attention.head_size));
}

}  // namespace densenode
