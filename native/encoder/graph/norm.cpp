#include "encoder/graph/parts.h"

namespace densenode {

std::string NormNodes(GraphContext& context, const NormSpec& norm, const std::string& rows) {
  std::vector<std::string> inputs = {rows, context.Weight(norm.gain, {norm.width}, norm.added_to_gain)};
  if (norm.bias) inputs.push_back(context.Weight(*norm.bias, {norm.width}));
  const bool layer = norm.kind == NormSpec::Kind::kLayer;
  return context.graph().Node(layer ? "LayerNormalization" : "SimplifiedLayerNormalization", inputs,
                              {{"axis", std::int64_t{-1}}, {"epsilon", norm.epsilon}});
}

}  // namespace densenode
