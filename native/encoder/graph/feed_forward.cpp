#include "encoder/graph/parts.h"

namespace densenode {

std::string ActivationNodes(GraphContext& context, Activation activation, const std::string& rows) {
  GraphBuilder& graph = context.graph();
  switch (activation) {
    case Activation::kNone:
      return rows;
    case Activation::kGelu:
      return graph.Node("Gelu", {rows});
    case Activation::kGeluTanh:
      return graph.Node("FastGelu", {rows}, {}, kMicrosoft);
    case Activation::kRelu:
      return graph.Node("Relu", {rows});
    case Activation::kSilu:
      return graph.Node("QuickGelu", {rows}, {{"alpha", 1.0f}}, kMicrosoft);  // x / (1 + exp(-alpha x))
  }
  Fail(ErrorCode::kEngineFailed, "no such activation");
}

std::string FeedForwardNodes(GraphContext& context, const FeedForwardSpec& feed_forward,
                             const std::string& rows) {
  std::string inner = LinearNodes(context, feed_forward.up, rows);
  if (feed_forward.gate) {
    const std::string gate = LinearNodes(context, *feed_forward.gate, rows);
    inner = context.graph().Node("Mul", {ActivationNodes(context, feed_forward.activation, gate), inner});
  } else {
    inner = ActivationNodes(context, feed_forward.activation, inner);
  }
  return LinearNodes(context, feed_forward.down, inner);
}

}  // namespace densenode
