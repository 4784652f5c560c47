// Sessions that take padded batches: graphs for ONNX Runtime's CPU provider, and exported .onnx files on any
// provider.
#pragma once

#include <utility>
#include <vector>

#include "encoder/onnx_runtime.h"
#include "encoder/session.h"

namespace densenode {

class PaddedSession : public EncoderSession {
 public:
  // count x length x dimension token vectors or, where pools(), count x dimension vectors, in host memory.
  struct Output {
    Ort::Value owner;
    const float* data;
  };

  virtual Output RunPadded(const PaddedBatch& batch, const RunSettings& settings) const = 0;

  void Run(const TokenBatch& batch, const RunSettings& settings, const TakeVectors& take) const final;
};

// Options of a CPU session that runs inside one thread of the pool, many runs at a time.
Ort::SessionOptions CpuSessionOptions(GraphOptimizationLevel level);

// One Run of `session` with its one wanted output.
Ort::Value RunOnce(const Ort::Session& session, const std::vector<const char*>& input_names,
                   const std::vector<Ort::Value>& inputs, const char* output_name,
                   const EncoderSession::RunSettings& settings);

// A tensor that reads `values` in place. ONNX Runtime only reads inputs; its tensors just have no const form.
template <typename T>
Ort::Value TensorOver(const std::vector<T>& values, const std::vector<std::int64_t>& shape) {
  const auto memory = Ort::MemoryInfo::CreateCpu(OrtDeviceAllocator, OrtMemTypeDefault);
  return Ort::Value::CreateTensor<T>(memory, const_cast<T*>(values.data()), values.size(), shape.data(),
                                     shape.size());
}

// A tensor with memory of its own, not initialized, and its values.
template <typename T>
std::pair<Ort::Value, T*> NewTensor(const std::vector<std::int64_t>& shape) {
  Ort::AllocatorWithDefaultOptions allocator;
  Ort::Value tensor = Ort::Value::CreateTensor<T>(allocator, shape.data(), shape.size());
  T* const values = tensor.GetTensorMutableData<T>();
  return {std::move(tensor), values};
}

}  // namespace densenode
