// Builds an ONNX graph in memory through ONNX Runtime's Model Editor API and opens a session on it. Values
// are named by strings; weights are given to ONNX Runtime by pointer and never copied here.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "encoder/onnx_runtime.h"
#include "encoder/stored_tensor.h"

namespace densenode {

constexpr const char* kMicrosoft = "com.microsoft";  // domain of ONNX Runtime's own operators

class GraphBuilder {
 public:
  struct Attribute {
    std::string name;
    std::variant<std::int64_t, float, std::vector<std::int64_t>> value;
  };

  GraphBuilder();

  // A graph input or output; -1 in `dims` is a size known only at run time.
  std::string Input(const std::string& name, ONNXTensorElementDataType type,
                    const std::vector<std::int64_t>& dims);
  void Output(const std::string& name, ONNXTensorElementDataType type, const std::vector<std::int64_t>& dims);

  // Initializers; return `name`. ONNX Runtime reads `tensor` in place and lets its owner go when it needs the
  // values no longer: at the end of the session, or as soon as it has packed them in a form of its own. Below
  // 128 bytes it wants a copy.
  std::string Weight(const std::string& name, const FloatTensor& tensor);
  std::string Weight(const std::string& name, const HalfTensor& tensor);
  std::string Weight(const std::string& name, const Int8Tensor& tensor);
  std::string Constant(const std::string& name, const std::vector<std::int64_t>& values);  // one-dimensional
  std::string Scalar(const std::string& name, float value);

  // An operator whose first output is used and named `output` (or by a running number); it may have more that
  // must be named but are not used. "" among the inputs is an absent optional input. `domain` is "" for ONNX
  // operators, or kMicrosoft.
  std::string Node(const std::string& op, const std::vector<std::string>& inputs,
                   const std::vector<Attribute>& attributes = {}, const std::string& domain = "",
                   const std::string& output = "", std::size_t unused_outputs = 0);

  // Ends the building.
  Ort::Session Build(const Ort::SessionOptions& options) &&;

 private:
  void AddInitializer(const std::string& name, Ort::Value value, bool external);
  void AddWeight(const std::string& name, ONNXTensorElementDataType type,
                 const std::vector<std::int64_t>& shape, std::span<const std::byte> bytes,
                 const std::shared_ptr<const void>& owner);
  Ort::Graph graph_;
  std::vector<Ort::ValueInfo> inputs_;
  std::vector<Ort::ValueInfo> outputs_;
  std::size_t nodes_ = 0;
};

}  // namespace densenode
