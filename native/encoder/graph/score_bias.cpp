#include <algorithm>
#include <limits>

#include "encoder/graph/parts.h"
#include "encoder/positions.h"

namespace densenode {
namespace {

// The least float where padding is, and where tokens are that are not attended to.
std::string PaddingBias(GraphContext& context) {
  const auto make = [](const PaddedBatch& batch) {
    const auto shape = batch.shape();
    auto [value, out] = NewTensor<float>({shape[0], 1, 1, shape[1]});
    for (const std::int32_t tokens : batch.seen) {
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
  const auto make = [bias](const PaddedBatch& batch) {
    const std::size_t length = batch.length;
    const std::vector<std::int32_t> by_distance = RelativeBuckets(bias, length);
    auto [value, out] = NewTensor<std::int32_t>({batch.shape()[1], batch.shape()[1]});
    for (std::size_t query = 0; query < length; ++query)
      out = std::copy_n(by_distance.data() + length - query, length, out);
    return std::move(value);
  };
  const std::string buckets =
      context.Input("relative_buckets", ONNX_TENSOR_ELEMENT_DATA_TYPE_INT32, {-1, -1}, make);
  const std::string by_head = graph.Node("Transpose", {context.Table(bias.table, heads)});
  return graph.Node("Gather", {by_head, buckets}, {{"axis", std::int64_t{1}}});
}

// [queries, keys]: the least float where a query does not see a key.
std::string UnseenBias(GraphContext& context, const AttentionSpec& attention) {
  const std::string name = std::string("unseen") + (attention.causal ? "_later" : "") +
                           (attention.window ? "_beyond_" + std::to_string(*attention.window) : "");
  return context.Input(name, ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT, {-1, -1},
                       [causal = attention.causal, window = attention.window](const PaddedBatch& batch) {
                         const std::size_t length = batch.length;
                         auto [value, out] = NewTensor<float>({batch.shape()[1], batch.shape()[1]});
                         std::fill_n(out, length * length, std::numeric_limits<float>::lowest());
                         for (std::size_t query = 0; query < length; ++query) {
                           const auto [first, end] = SeenKeys(causal, window, query, query, length);
                           std::fill(out + query * length + first, out + query * length + end, 0.0f);
                         }
                         return std::move(value);
                       });
}

// [heads, queries, keys]: minus the slope times the distance.
std::string AlibiBias(GraphContext& context, const std::vector<float>& slopes) {
  const std::string distances =
      context.Input("distances", ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT, {-1, -1}, [](const PaddedBatch& batch) {
        const std::int64_t length = batch.shape()[1];
        auto [value, out] = NewTensor<float>({length, length});
        for (std::int64_t query = 0; query < length; ++query) {
          for (std::int64_t key = 0; key < length; ++key) *out++ = static_cast<float>(std::abs(query - key));
        }
        return std::move(value);
      });
  std::vector<float> falls;
  for (const float slope : slopes) falls.push_back(-slope);
  const auto heads = static_cast<std::int64_t>(falls.size());
  return context.graph().Node("Mul", {distances, context.Constant("alibi_slopes", falls, {heads, 1, 1})});
}

}  // namespace

std::string ScoreBiasNodes(GraphContext& context, const AttentionSpec& attention) {
  const TransformerSpec& spec = context.spec();
  const bool some = attention.causal || attention.window;
  std::string name = attention.causal ? "score_bias_later" : "score_bias";
  if (attention.window) name.append("_").append(std::to_string(*attention.window));
  return context.Shared(name, [&](const std::string&) {
    // Padding comes after all tokens, where causal attention does not look.
    std::string bias = attention.causal ? "" : PaddingBias(context);
    const auto add = [&](const std::string& more) {
      bias = bias.empty() ? more : context.graph().Node("Add", {bias, more});
    };
    if (some) add(UnseenBias(context, attention));
    if (spec.relative_bias) add(DistanceBias(context, *spec.relative_bias, attention.heads));
    if (!spec.alibi_slopes.empty()) add(AlibiBias(context, spec.alibi_slopes));
    return bias;
  });
}

}  // namespace densenode
