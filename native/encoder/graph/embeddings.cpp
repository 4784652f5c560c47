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

}  // namespace

std::string EmbeddingNodes(GraphContext& context) {
  const EmbeddingSpec& embeddings = context.spec().embeddings;
  const std::string rows = context.Rows(FusedNodes(context, embeddings), embeddings.width);
  return embeddings.projection ? LinearNodes(context, *embeddings.projection, rows) : rows;
}

}  // namespace densenode
