#include "encoder/graph/graph_context.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "encoder/int8_matrix.h"

namespace densenode {

namespace {

std::string NameOf(const TensorPlace& place) {
  std::string name = place.name;
  if (place.rows_in_all) name.append(" from row ").append(std::to_string(place.first_row));
  return name;
}

// Owned apart from others, so that ONNX Runtime can let it go by itself.
template <typename Tensor, typename T>
Tensor Own(std::vector<T> values, std::vector<std::int64_t> shape) {
  const auto owner = std::make_shared<const std::vector<T>>(std::move(values));
  return {std::move(shape), *owner, owner};
}

FloatTensor Plus(const FloatTensor& tensor, float added) {
  std::vector<float> sums;
  for (const float value : tensor.values) sums.push_back(value + added);
  return Own<FloatTensor>(std::move(sums), tensor.shape);
}

}  // namespace

std::string GraphContext::Shared(const std::string& name,
                                 const std::function<std::string(const std::string&)>& make) {
  if (const auto found = shared_.find(name); found != shared_.end()) return found->second;
  return shared_[name] = make(name);
}

std::string GraphContext::Weight(const TensorPlace& place, const std::vector<std::size_t>& shape,
                                 float added) {
  const std::string name = NameOf(place);
  return Shared(name, [&](const std::string&) {
    const FloatTensor tensor = weights_.Find(place, shape).Float32Once();  // ONNX Runtime packs it
    weight_bytes_ += tensor.values.size_bytes();
    if (added != 0) return graph_.Weight(name, Plus(tensor, added));
    return graph_.Weight(name, tensor);
  });
}

Int8Names GraphContext::AddInt8(const TensorPlace& place, const std::vector<std::size_t>& shape,
                                bool for_products) {
  const std::string name = NameOf(place) + (for_products ? ", for products in int8" : ", in int8");
  const Int8Names names = {name, name + ", scales", name + ", sums"};
  Shared(name, [&](const std::string&) {
    const int largest = graph_weights_ == GraphWeights::kInt7 ? 63 : 127;
    const StoredTensor stored = weights_.Find(place, shape);
    Int8Matrix matrix = for_products ? QuantizeForProducts(stored, largest) : QuantizeRows(stored);
    const auto rows = static_cast<std::int64_t>(shape[0]);
    using Shape = std::vector<std::int64_t>;
    weight_bytes_ += matrix.values.size() + matrix.scales.size() * sizeof(float);
    graph_.Weight(names.scales,
                  Own<FloatTensor>(std::move(matrix.scales), for_products ? Shape{rows} : Shape{rows, 1}));
    if (for_products) {
      weight_bytes_ += matrix.sums.size() * sizeof(float);
      graph_.Weight(names.sums, Own<FloatTensor>(std::move(matrix.sums), {1, rows}));
    }
    return graph_.Weight(name, Own<Int8Tensor>(std::move(matrix.values), std::move(matrix.shape)));
  });
  return names;
}

std::string GraphContext::Scalar(float value) {
  return Shared("scalar_" + std::to_string(value),
                [&](const std::string& name) { return graph_.Scalar(name, value); });
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
    return graph_.Weight(constant, Own<FloatTensor>(std::move(values), std::move(shape)));
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
