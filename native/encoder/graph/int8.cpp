#include "encoder/graph/parts.h"

namespace densenode {
namespace {

// Rows x as whole numbers q from 0 to 255: x = scale (q - zero), a scale and a zero for each row.
struct QuantizedRows {
  std::string values;
  std::string scale;   // [rows, 1]
  std::string offset;  // -scale * zero, [rows, 1]
};

QuantizedRows Quantize(GraphContext& context, const std::string& rows) {
  GraphBuilder& graph = context.graph();
  // Once for all maps of the same rows.
  const auto shared = [&](const char* what, const auto& make) {
    return context.Shared(what + (" of " + rows), [&](const std::string&) { return make(); });
  };
  const auto reduce = [&](const char* op) {
    return graph.Node(op, {rows, context.Constant({-1})}, {{"keepdims", std::int64_t{0}}});
  };
  const auto column = [&](const std::string& x) {
    return graph.Node("Reshape", {x, context.Constant({-1, 1})});
  };
  // Zero is among the numbers, and the scale is not zero.
  const std::string low = shared("low", [&] {
    return graph.Node("Min", {reduce("ReduceMin"), context.Scalar(0.0f)});
  });
  const std::string scale = shared("scale", [&] {
    const std::string high = graph.Node("Max", {reduce("ReduceMax"), context.Scalar(1e-6f)});
    return graph.Node("Div", {graph.Node("Sub", {high, low}), context.Scalar(255.0f)});
  });
  const std::string zero = shared("zero", [&] {
    return graph.Node("Round", {graph.Node("Neg", {graph.Node("Div", {low, scale})})});
  });
  const std::string values = shared("quantized", [&] {
    const std::string byte =
        graph.Node("Cast", {zero}, {{"to", std::int64_t{ONNX_TENSOR_ELEMENT_DATA_TYPE_UINT8}}});
    return graph.Node("QuantizeLinear", {rows, scale, byte}, {{"axis", std::int64_t{0}}});
  });
  return {values, shared("scale column", [&] { return column(scale); }), shared("offset", [&] {
            return column(graph.Node("Neg", {graph.Node("Mul", {scale, zero})}));
          })};
}

}  // namespace

// With x = scale q + offset: x W = scale (q W) + offset (1 W), where 1 W are the sums of the weights.
std::string Int8LinearNodes(GraphContext& context, const LinearSpec& linear, const std::string& rows) {
  GraphBuilder& graph = context.graph();
  const QuantizedRows x = Quantize(context, rows);
  const Int8Names weight = context.Int8Weight(linear);
  const std::string product = graph.Node(
      "MatMulIntegerToFloat", {x.values, weight.values, context.Scalar(1.0f), weight.scales}, {}, kMicrosoft);
  std::vector<std::string> offset = {x.offset, weight.sums};
  if (linear.bias) offset.push_back(context.Weight(*linear.bias, {linear.outputs}));
  return graph.Node("Add", {graph.Node("Mul", {product, x.scale}), graph.Node("Gemm", offset)});
}

std::string Int8TableNodes(GraphContext& context, const TableSpec& table, std::size_t width,
                           const std::string& numbers) {
  GraphBuilder& graph = context.graph();
  const Int8Names words = context.Int8Table(table, width);
  const std::string floats = graph.Node("Cast", {graph.Node("Gather", {words.values, numbers})},
                                        {{"to", std::int64_t{ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT}}});
  return graph.Node("Mul", {floats, graph.Node("Gather", {words.scales, numbers})});
}

}  // namespace densenode
