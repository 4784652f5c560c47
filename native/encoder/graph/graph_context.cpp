#include "encoder/graph/graph_context.h"

#include <algorithm>
#include <memory>
#include <utility>

namespace densenode {

namespace {

FloatTensor OwnedTensor(std::vector<float> values, std::vector<std::int64_t> shape) {
  auto owner = std::make_shared<const std::vector<float>>(std::move(values));
  return {std::move(shape), *owner, owner};
}

FloatTensor Plus(const FloatTensor& tensor, float added) {
  std::vector<float> sums;
  for (const float value : tensor.values) sums.push_back(value + added);
  return OwnedTensor(std::move(sums), tensor.shape);
}

}  // namespace

std::string GraphContext::Shared(const std::string& name,
                                 const std::function<std::string(const std::string&)>& make) {
  if (const auto found = shared_.find(name); found != shared_.end()) return found->second;
  return shared_[name] = make(name);
}

std::string GraphContext::Weight(const TensorPlace& place, const std::vector<std::size_t>& shape,
                                 float added) {
  std::string name = place.name;
  if (place.rows_in_all) name.append(" from row ").append(std::to_string(place.first_row));
  return Shared(name, [&](const std::string&) {
    const StoredTensor stored = weights_.Find(place, shape);
    FloatTensor tensor = stored.Float32();
    weight_bytes_ += tensor.values.size_bytes();
    if (added != 0) return graph_.Weight(name, Plus(tensor, added));
    // Once ONNX Runtime has packed a weight, its pages are not read again.
    tensor.owner = std::shared_ptr<const void>(
        nullptr, [stored, owner = tensor.owner](const void*) { stored.ReleasePages(); });
    return graph_.Weight(name, tensor);
  });
}

std::string GraphContext::Input(const std::string& name, ONNXTensorElementDataType type,
                                const std::vector<std::int64_t>& dims,
                                std::function<Ort::Value(const PaddedBatch&)> make) {
  return Shared(name, [&](const std::string& input) {
    inputs_.push_back({input, std::move(make)});
    return graph_.Input(input, type, dims);
  });
}

std::string GraphContext::Constant(const std::vector<std::int64_t>& values) {
  std::string name = "constant";
  for (const std::int64_t value : values) name.append("_").append(std::to_string(value));
  return Shared(name, [&](const std::string& constant) { return graph_.Constant(constant, values); });
}

std::string GraphContext::Constant(const std::string& name, std::vector<float> values,
                                   std::vector<std::int64_t> shape) {
  return Shared(name, [&](const std::string& constant) {
    return graph_.Weight(constant, OwnedTensor(std::move(values), std::move(shape)));
  });
}

std::size_t GraphContext::NumberOf(const RotaryPositions& rotary) {
  const auto found = std::find(rotary_.begin(), rotary_.end(), rotary);
  if (found != rotary_.end()) return static_cast<std::size_t>(found - rotary_.begin());
  rotary_.push_back(rotary);
  return rotary_.size() - 1;
}

std::string GraphContext::Ids() {
  return Input("input_ids", ONNX_TENSOR_ELEMENT_DATA_TYPE_INT32, {-1, -1},
               [](const PaddedBatch& batch) { return TensorOver(batch.ids, batch.shape()); });
}

std::string GraphContext::Rows(const std::string& x, std::size_t width) {
  return graph_.Node("Reshape", {x, Constant({-1, static_cast<std::int64_t>(width)})});
}

std::string GraphContext::PerText(const std::string& rows, const std::vector<std::size_t>& sizes,
                                  const std::string& output) {
  const std::string ends = Constant({sizes.begin(), sizes.end()});
  const std::string shape = Shared("shape_" + ends, [&](const std::string&) {
    const std::string texts_and_tokens =
        Shared("texts_and_tokens", [&](const std::string&) { return graph_.Node("Shape", {Ids()}); });
    return graph_.Node("Concat", {texts_and_tokens, ends}, {{"axis", std::int64_t{0}}});
  });
  return graph_.Node("Reshape", {rows, shape}, {}, "", output);
}

}  // namespace densenode
