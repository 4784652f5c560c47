// One batch of token ids in, the token vectors of each text out: what all engines have in common.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>

#include "common/cancellation.h"
#include "common/device.h"
#include "encoder/modules/pooling.h"
#include "encoder/token_batch.h"

namespace densenode {

// Sessions on a device that pool there, so that only embeddings leave it, or not even they.
class DevicePooler {
 public:
  struct Settings {
    PoolingMode mode = PoolingMode::kMean;  // kWeightedMean cannot be had
    std::size_t out_dimension = 0;          // leading values kept of each embedding
    bool normalize = false;                 // after the cut
    Cancellation* cancellation = nullptr;
  };
  // Rows of out_dimension floats; text i of the batch goes to row rows[i]. Exactly one of the pointers is
  // set.
  struct Destination {
    float* host = nullptr;
    float* device = nullptr;  // of device()
    std::span<const std::uint32_t> rows;
  };

  virtual ~DevicePooler() = default;
  // Returns when the embeddings are complete. Threads and errors as EncoderSession::Run.
  virtual void Embed(const TokenBatch& batch, const Settings& settings,
                     const Destination& destination) const = 0;
  // Writes zero vectors to device memory: the embeddings of texts without any token.
  virtual void WriteZeros(std::size_t out_dimension, std::span<const std::uint32_t> rows,
                          float* device) const = 0;
  // Where destinations may be beside the host; the CPU: nowhere else.
  virtual Device device() const = 0;
};

class EncoderSession {
 public:
  struct RunSettings {
    Cancellation* cancellation = nullptr;  // stops the run as soon as the engine can
    bool release_memory = false;           // gives memory that only large batches need back afterwards
  };
  // Takes text `text` of the batch: rows x dimension() values, row major, in host memory, good until it
  // returns. One row a token, the last hidden states; where pools(), one row for the text. Called once a
  // text, in their order, on the thread that called Run; what it throws ends Run.
  using TakeVectors = std::function<void(std::size_t text, const float* vectors, std::size_t rows)>;

  virtual ~EncoderSession() = default;
  // Safe to call from many threads at once. Throws ENGINE_FAILED, OUT_OF_MEMORY or, when cancelled, ABORTED.
  virtual void Run(const TokenBatch& batch, const RunSettings& settings, const TakeVectors& take) const = 0;

  // Sessions that can do so multiply in fewer bits from now on; `sample` says how large values are. Returns
  // the number of layers, 0 where it cannot be done. Then SetNarrow may change a layer to what it was and
  // back, and Settle must free what is not needed any more. None of them while Run runs.
  virtual std::size_t Narrow(const TokenBatch&) { return 0; }
  virtual void SetNarrow(std::size_t /*layer*/, bool /*narrow*/) {}
  virtual void Settle() {}

  virtual std::size_t dimension() const = 0;  // values of a vector
  virtual bool pools() const { return false; }
  virtual std::size_t weight_bytes() const = 0;
  virtual const std::string& architecture() const = 0;  // "BertModel", or "onnx"
  // Null where texts can only be pooled on the host.
  virtual const DevicePooler* device_pooler() const { return nullptr; }
};

}  // namespace densenode
