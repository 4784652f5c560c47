#include "encoder/transformer_graph.h"

#include <utility>

#include "encoder/graph/parts.h"

namespace densenode {
namespace {

constexpr const char* kOutput = "last_hidden_state";

std::string LayerNodes(GraphContext& context, const LayerSpec& layer, std::string rows) {
  const bool before = context.spec().norm_placement == NormPlacement::kBefore;
  const auto add = [&](const std::optional<NormSpec>& norm, const std::optional<NormSpec>& output_norm,
                       const auto& part) {
    std::string change = part(before && norm ? NormNodes(context, *norm, rows) : rows);
    if (output_norm) change = NormNodes(context, *output_norm, change);
    rows = context.graph().Node("Add", {change, rows});
    if (!before && norm) rows = NormNodes(context, *norm, rows);
  };
  add(layer.attention_norm, layer.attention_output_norm,
      [&](const std::string& in) { return AttentionNodes(context, layer.attention, in); });
  add(layer.feed_forward_norm, layer.feed_forward_output_norm,
      [&](const std::string& in) { return FeedForwardNodes(context, layer.feed_forward, in); });
  return rows;
}

void BuildGraph(GraphContext& context) {
  const TransformerSpec& spec = context.spec();
  std::string rows = EmbeddingNodes(context);
  for (const std::size_t layer : spec.layer_order) rows = LayerNodes(context, spec.layers[layer], rows);
  if (spec.final_norm) rows = NormNodes(context, *spec.final_norm, rows);
  context.PerText(rows, {spec.hidden}, kOutput);
  context.graph().Output(kOutput, ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT,
                         {-1, -1, static_cast<std::int64_t>(spec.hidden)});
}

class TransformerSession : public PaddedSession {
 public:
  TransformerSession(const TransformerSpec& spec, const Checkpoint& checkpoint, GraphWeights weights)
      : architecture_(spec.architecture), dimension_(spec.hidden) {
    const Ort::SessionOptions options = CpuSessionOptions(ORT_DISABLE_ALL);  // nothing is left to fuse
    CallOnnxRuntime("building the model's graph", [&] {
      GraphContext context(spec, checkpoint, weights);
      BuildGraph(context);
      inputs_ = context.inputs();
      weight_bytes_ = context.weight_bytes();
      session_ = std::move(context.graph()).Build(options);
    });
    for (const GraphInput& input : inputs_) names_.push_back(input.name.c_str());
  }

  Output RunPadded(const PaddedBatch& batch, const RunSettings& settings) const override {
    std::vector<Ort::Value> values;
    for (const GraphInput& input : inputs_) values.push_back(input.make(batch));
    Ort::Value hidden = RunOnce(session_, names_, values, kOutput, settings);
    const float* data = hidden.GetTensorData<float>();
    return {std::move(hidden), data};
  }

  std::size_t dimension() const override { return dimension_; }
  std::size_t weight_bytes() const override { return weight_bytes_; }
  const std::string& architecture() const override { return architecture_; }

 private:
  const std::string architecture_;
  const std::size_t dimension_;
  std::size_t weight_bytes_ = 0;
  std::vector<GraphInput> inputs_;
  std::vector<const char*> names_;  // of inputs_
  Ort::Session session_{nullptr};
};

}  // namespace

std::unique_ptr<PaddedSession> OpenTransformerSession(const TransformerSpec& spec,
                                                      const Checkpoint& checkpoint, GraphWeights weights) {
  return std::make_unique<TransformerSession>(spec, checkpoint, weights);
}

}  // namespace densenode
