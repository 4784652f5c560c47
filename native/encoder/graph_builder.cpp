#include "encoder/graph_builder.h"

#include <algorithm>

namespace densenode {
namespace {

constexpr int kOnnxOpset = 20;  // the first with Gelu
constexpr int kMicrosoftOpset = 1;
// The Model Editor API takes pre-existing memory from 128 bytes on (see AddInitializerToGraph).
constexpr std::size_t kLeastExternalBytes = 128;

Ort::ValueInfo TensorInfo(const std::string& name, ONNXTensorElementDataType type,
                          const std::vector<std::int64_t>& dims) {
  const Ort::TensorTypeAndShapeInfo shape(type, dims);
  const Ort::TypeInfo info = Ort::TypeInfo::CreateTensorInfo(shape.GetConst());
  return Ort::ValueInfo(name, info.GetConst());
}

Ort::OpAttr MakeAttribute(const GraphBuilder::Attribute& attribute) {
  const char* name = attribute.name.c_str();
  if (const auto* integer = std::get_if<std::int64_t>(&attribute.value)) {
    return Ort::OpAttr(name, integer, 1, ORT_OP_ATTR_INT);
  }
  if (const auto* real = std::get_if<float>(&attribute.value))
    return Ort::OpAttr(name, real, 1, ORT_OP_ATTR_FLOAT);
  const auto& list = std::get<std::vector<std::int64_t>>(attribute.value);
  return Ort::OpAttr(name, list.data(), static_cast<int>(list.size()), ORT_OP_ATTR_INTS);
}

// Lets go of what owns the memory of a tensor, and of itself, when ONNX Runtime frees the tensor.
class OwnerRelease : public OrtAllocator {
 public:
  static OrtAllocator* For(std::shared_ptr<const void> owner) { return new OwnerRelease(std::move(owner)); }

 private:
  explicit OwnerRelease(std::shared_ptr<const void> owner) : OrtAllocator{}, owner_(std::move(owner)) {
    version = ORT_API_VERSION;
    OrtAllocator::Info = [](const OrtAllocator*) -> const OrtMemoryInfo* {
      static const auto memory = Ort::MemoryInfo::CreateCpu(OrtDeviceAllocator, OrtMemTypeDefault);
      return memory;
    };
    OrtAllocator::Free = [](OrtAllocator* self, void*) { delete static_cast<OwnerRelease*>(self); };
  }
  std::shared_ptr<const void> owner_;
};

// A tensor with memory of its own.
Ort::Value SmallTensor(ONNXTensorElementDataType type, const std::vector<std::int64_t>& shape,
                       std::span<const std::byte> bytes) {
  Ort::AllocatorWithDefaultOptions allocator;
  Ort::Value value = Ort::Value::CreateTensor(allocator, shape.data(), shape.size(), type);
  std::copy(bytes.begin(), bytes.end(), static_cast<std::byte*>(value.GetTensorMutableRawData()));
  return value;
}

}  // namespace

GraphBuilder::GraphBuilder() : graph_() {}

std::string GraphBuilder::Input(const std::string& name, ONNXTensorElementDataType type,
                                const std::vector<std::int64_t>& dims) {
  inputs_.push_back(TensorInfo(name, type, dims));
  return name;
}

void GraphBuilder::Output(const std::string& name, ONNXTensorElementDataType type,
                          const std::vector<std::int64_t>& dims) {
  outputs_.push_back(TensorInfo(name, type, dims));
}

void GraphBuilder::AddInitializer(const std::string& name, Ort::Value value, bool external) {
  graph_.AddInitializer(name, value, external);  // on success the graph owns the value
}

void GraphBuilder::AddWeight(const std::string& name, ONNXTensorElementDataType type,
                             const std::vector<std::int64_t>& shape, std::span<const std::byte> bytes,
                             const std::shared_ptr<const void>& owner) {
  if (bytes.size() < kLeastExternalBytes) {
    AddInitializer(name, SmallTensor(type, shape, bytes), false);
    return;
  }
  // ONNX Runtime only reads initializers; its tensors just have no const form.
  auto* data = const_cast<std::byte*>(bytes.data());
  AddInitializer(name,
                 Ort::Value::CreateTensor(OwnerRelease::For(owner), data, bytes.size(), shape.data(),
                                          shape.size(), type),
                 true);
}

std::string GraphBuilder::Weight(const std::string& name, const FloatTensor& tensor) {
  AddWeight(name, ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT, tensor.shape, std::as_bytes(tensor.values),
            tensor.owner);
  return name;
}

std::string GraphBuilder::Weight(const std::string& name, const HalfTensor& tensor) {
  AddWeight(name, ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT16, tensor.shape, std::as_bytes(tensor.values),
            tensor.owner);
  return name;
}

std::string GraphBuilder::Weight(const std::string& name, const Int8Tensor& tensor) {
  AddWeight(name, ONNX_TENSOR_ELEMENT_DATA_TYPE_INT8, tensor.shape, std::as_bytes(tensor.values),
            tensor.owner);
  return name;
}

std::string GraphBuilder::Scalar(const std::string& name, float value) {
  AddInitializer(
      name, SmallTensor(ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT, {}, std::as_bytes(std::span(&value, 1))), false);
  return name;
}

std::string GraphBuilder::Constant(const std::string& name, const std::vector<std::int64_t>& values) {
  AddInitializer(name,
                 SmallTensor(ONNX_TENSOR_ELEMENT_DATA_TYPE_INT64, {static_cast<std::int64_t>(values.size())},
                             std::as_bytes(std::span(values))),
                 false);
  return name;
}

std::string GraphBuilder::Node(const std::string& op, const std::vector<std::string>& inputs,
                               const std::vector<Attribute>& attributes, const std::string& domain,
                               const std::string& output, std::size_t unused_outputs) {
  const std::string name = op + "_" + std::to_string(nodes_++);
  const std::string result = output.empty() ? name : output;
  std::vector<std::string> outputs = {result};
  for (std::size_t i = 0; i < unused_outputs; ++i) outputs.push_back(name + "_unused_" + std::to_string(i));
  std::vector<Ort::OpAttr> converted;
  for (const Attribute& attribute : attributes) converted.push_back(MakeAttribute(attribute));
  Ort::Node node(op, domain, name, inputs, outputs, converted);
  graph_.AddNode(node);
  return result;
}

Ort::Session GraphBuilder::Build(const Ort::SessionOptions& options) && {
  graph_.SetInputs(inputs_);
  graph_.SetOutputs(outputs_);
  Ort::Model model({{"", kOnnxOpset}, {kMicrosoft, kMicrosoftOpset}});
  model.AddGraph(graph_);
  return Ort::Session(OnnxRuntime::Get().env(), model, options);
}

}  // namespace densenode
