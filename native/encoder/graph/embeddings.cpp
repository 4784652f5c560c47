#include "encoder/graph/parts.h"
#include "encoder/positions.h"

namespace densenode {
namespace {

constexpr auto kInt32 = ONNX_TENSOR_ELEMENT_DATA_TYPE_INT32;

std::string TypeIds(GraphContext& context) {
  return context.Input("token_type_ids", kInt32, {-1, -1},
                       [](const PaddedBatch& batch) { return TensorOver(batch.type_ids, batch.shape()); });
}

std::string Positions(GraphContext& context, const AbsolutePositions& positions) {
  return context.Input("position_ids", kInt32, {-1, -1}, [positions](const PaddedBatch& batch) {
    auto [value, out] = NewTensor<std::int32_t>(batch.shape());
    for (std::size_t row = 0; row < batch.count; ++row) {
      const std::size_t first = row * batch.length;
      PositionIds(positions, std::span(batch.ids).subspan(first, batch.length), out + first);
    }
    return std::move(value);
  });
}

// ONNX Runtime's operator for all of it, in one pass.
std::string FusedNodes(GraphContext& context, const EmbeddingSpec& embeddings) {
  const std::size_t width = embeddings.width;
  const AbsolutePositions& positions = *embeddings.positions;
  const NormSpec& norm = *embeddings.norm;
  const auto& types = embeddings.types;
  return context.graph().Node(
      "EmbedLayerNormalization",
      {context.Ids(), types ? TypeIds(context) : "", context.Table(embeddings.words, width),
       context.Table(positions.table, width), types ? context.Table(*types, width) : "",
       context.Weight(norm.gain, {width}), context.Weight(*norm.bias, {width}), /*mask=*/"",
       Positions(context, positions)},
      {{"epsilon", norm.epsilon}}, kMicrosoft, "", /*unused_outputs=*/1);
}

bool HasAllThatIsFused(const EmbeddingSpec& embeddings) {
  const auto& norm = embeddings.norm;
  return embeddings.positions && embeddings.word_scale == 1 && norm && norm->kind == NormSpec::Kind::kLayer &&
         norm->bias && norm->added_to_gain == 0;
}

// One operator after another.
std::string SeparateNodes(GraphContext& context, const EmbeddingSpec& embeddings) {
  GraphBuilder& graph = context.graph();
  const auto rows_of = [&](const TableSpec& table, const std::string& numbers) {
    return graph.Node("Gather", {context.Table(table, embeddings.width), numbers});
  };
  std::string sum = context.int8()
                        ? Int8TableNodes(context, embeddings.words, embeddings.width, context.Ids())
                        : rows_of(embeddings.words, context.Ids());
  if (embeddings.word_scale != 1)
    sum = graph.Node("Mul", {sum, context.Constant("word_scale", {embeddings.word_scale}, {1})});
  if (embeddings.types) sum = graph.Node("Add", {sum, rows_of(*embeddings.types, TypeIds(context))});
  if (embeddings.positions) {
    sum = graph.Node("Add",
                     {sum, rows_of(embeddings.positions->table, Positions(context, *embeddings.positions))});
  }
  return embeddings.norm ? NormNodes(context, *embeddings.norm, sum) : sum;
}

}  // namespace

std::string EmbeddingNodes(GraphContext& context) {
  const EmbeddingSpec& embeddings = context.spec().embeddings;
  const bool fused = !context.int8() && HasAllThatIsFused(embeddings);
  const std::string all = fused ? FusedNodes(context, embeddings) : SeparateNodes(context, embeddings);
  const std::string rows = context.Rows(all, embeddings.width);
  return embeddings.projection ? LinearNodes(context, *embeddings.projection, rows) : rows;
}

}  // namespace densenode
