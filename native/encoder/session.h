// One batch of token ids in, vectors out: what a graph built here and an exported .onnx file have in common.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "common/cancellation.h"
#include "encoder/onnx_runtime.h"

namespace densenode {

// `count` texts padded to `length` tokens, row major; row i has lengths[i] tokens (1 .. length), then
// padding.
struct TokenBatch {
  std::size_t count = 0;
  std::size_t length = 0;
  std::vector<std::int32_t> ids;
  std::vector<std::int32_t> type_ids;
  std::vector<std::int32_t> lengths;
};

class EncoderSession {
 public:
  // count x length x dimension token vectors or, where the model pools by itself, count x dimension vectors.
  struct Output {
    Ort::Value owner;
    const float* data;
    bool pooled;
  };
  struct RunSettings {
    Cancellation* cancellation = nullptr;  // stops the run between two operators
    bool release_memory = false;           // gives the arena's free memory back afterwards
  };

  virtual ~EncoderSession() = default;
  // Safe to call from many threads at once. Throws ENGINE_FAILED, OUT_OF_MEMORY or, when cancelled, ABORTED.
  virtual Output Run(const TokenBatch& batch, const RunSettings& settings) const = 0;
  virtual std::size_t dimension() const = 0;
  virtual std::size_t weight_bytes() const = 0;
  virtual const std::string& architecture() const = 0;  // "BertModel", or "onnx"
};

// Options of a CPU session that runs inside one thread of the pool, many runs at a time.
Ort::SessionOptions CpuSessionOptions(GraphOptimizationLevel level);

// One Run of `session` with its one wanted output.
Ort::Value RunOnce(const Ort::Session& session, const std::vector<const char*>& input_names,
                   const std::vector<Ort::Value>& inputs, const char* output_name,
                   const EncoderSession::RunSettings& settings);

// A tensor that reads `values` in place.
template <typename T>
Ort::Value TensorOver(std::vector<T>& values, const std::vector<std::int64_t>& shape) {
  const auto memory = Ort::MemoryInfo::CreateCpu(OrtDeviceAllocator, OrtMemTypeDefault);
  return Ort::Value::CreateTensor<T>(memory, values.data(), values.size(), shape.data(), shape.size());
}

}  // namespace densenode
