#include "encoder/graph/parts.h"

namespace densenode {

std::string LinearNodes(GraphContext& context, const LinearSpec& linear, const std::string& rows) {
  if (context.int8()) return Int8LinearNodes(context, linear, rows);
  std::vector<std::string> inputs = {rows, context.Weight(linear.weight, {linear.outputs, linear.inputs})};
  if (linear.bias) inputs.push_back(context.Weight(*linear.bias, {linear.outputs}));
  return context.graph().Node("Gemm", inputs, {{"transB", std::int64_t{1}}});
}

}  // namespace densenode
