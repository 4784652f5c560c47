#include <algorithm>
#include <limits>

#include "encoder/graph/parts.h"
#include "encoder/positions.h"

namespace densenode {
namespace {

// The least float where padding is.
std::string PaddingBias(GraphContext& context) {
  const auto make = [](const PaddedBatch& batch) {
    const auto shape = batch.shape();
    auto [value, out] = NewTensor<float>({shape[0], 1, 1, shape[1]});
    for (const std::int32_t tokens : batch.lengths) {
      out = std::fill_n(out, tokens, 0.0f);
      out = std::fill_n(out, shape[1] - tokens, std::numeric_limits<float>::lowest());
    }
    return std::move(value);
  };
  return context.Input("padding_bias", ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT, {-1, 1, 1, -1}, make);
}

// [heads, queries, keys] by the bucket of their distance.
std::string DistanceBias(GraphContext& context, const RelativeBias& bias, std::size_t heads) {
  GraphBuilder& graph = context.graph();
  const auto make = [rows = bias.table.rows, longest = bias.longest](const PaddedBatch& batch) {
    const std::int64_t length = batch.shape()[1];
    auto [value, out] = NewTensor<std::int32_t>({length, length});
    for (std::int64_t query = 0; query < length; ++query) {
      for (std::int64_t key = 0; key < length; ++key)
        *out++ = static_cast<std::int32_t>(RelativeBucket(key - query, rows, longest));
    }
    return std::move(value);
  };
  const std::string buckets =
      context.Input("relative_buckets", ONNX_TENSOR_ELEMENT_DATA_TYPE_INT32, {-1, -1}, make);
  const std::string by_head = graph.Node("Transpose", {context.Table(bias.table, heads)});
  return graph.Node("Gather", {by_head, buckets}, {{"axis", std::int64_t{1}}});
}

}  // namespace

std::string ScoreBiasNodes(GraphContext& context, const AttentionSpec& attention) {
  const std::string padding = PaddingBias(context);
  const auto& relative = context.spec().relative_bias;
  if (!relative) return padding;
  return context.Shared("relative_bias", [&](const std::string&) {
    return context.graph().Node("Add", {padding, DistanceBias(context, *relative, attention.heads)});
  });
}

}  // namespace densenode
