#include <cmath>

#include "encoder/graph/parts.h"

namespace densenode {
namespace {

// [tokens, pairs]: `wave` of the angle of each pair at each position. Angles are rounded to fp32, as torch
// has them.
std::string WaveInput(GraphContext& context, const RotaryPositions& rotary, const std::string& name,
                      double (*wave)(double)) {
  const auto pairs = static_cast<std::int64_t>(rotary.frequencies.size());
  return context.Input(name, ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT, {-1, pairs},
                       [rotary, wave, pairs](const PaddedBatch& batch) {
                         auto [value, out] = NewTensor<float>({batch.shape()[1], pairs});
                         for (std::size_t position = 0; position < batch.length; ++position) {
                           for (const float frequency : rotary.frequencies) {
                             const float angle = static_cast<float>(position) * frequency;
                             *out++ = static_cast<float>(wave(double{angle}));
                           }
                         }
                         return std::move(value);
                       });
}

}  // namespace

std::string RotaryNodes(GraphContext& context, const RotaryPositions& rotary, std::size_t heads,
                        std::size_t head_size, const std::string& x) {
  const std::string number = std::to_string(context.NumberOf(rotary));
  const std::string cosines = WaveInput(context, rotary, "cosines_" + number, std::cos);
  const std::string sines = WaveInput(context, rotary, "sines_" + number, std::sin);
  std::vector<GraphBuilder::Attribute> attributes;
  if (const std::size_t turned = 2 * rotary.frequencies.size(); turned < head_size) {
    attributes.push_back({"rotary_embedding_dim", static_cast<std::int64_t>(turned)});
    attributes.push_back({"num_heads", static_cast<std::int64_t>(heads)});
  }
  const std::string first = context.Constant({0});  // position of every text's first token
  return context.graph().Node("RotaryEmbedding",
                              {context.PerText(x, {heads * head_size}), first, cosines, sines}, attributes,
                              kMicrosoft);
}

}  // namespace densenode
