// One batch of token ids in, one embedding a text out: what all engines have in common.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "common/cancellation.h"
#include "common/device.h"
#include "encoder/pooling.h"
#include "encoder/token_batch.h"

namespace densenode {

class EncoderSession {
 public:
  struct RunSettings {
    PoolingMode pooling = PoolingMode::kMean;  // not used where the model pools by itself
    std::size_t out_dimension = 0;             // leading values kept of each embedding
    bool normalize = false;                    // after the cut
    Cancellation* cancellation = nullptr;      // stops the run as soon as the engine can
    bool release_memory = false;               // gives memory that only large batches need back afterwards
  };
  // Rows of out_dimension floats; text i of the batch goes to row rows[i]. Exactly one of the pointers is
  // set.
  struct Destination {
    float* host = nullptr;
    float* device = nullptr;  // of the session's CUDA device
    std::span<const std::uint32_t> rows;
  };

  virtual ~EncoderSession() = default;
  // Returns when the embeddings are complete. Safe to call from many threads at once. Throws ENGINE_FAILED,
  // OUT_OF_MEMORY or, when cancelled, ABORTED.
  virtual void Embed(const TokenBatch& batch, const RunSettings& settings,
                     const Destination& destination) const = 0;
  // Writes zero vectors: the embeddings of texts without any token.
  virtual void WriteZeros(std::size_t out_dimension, const Destination& destination) const = 0;

  virtual std::size_t dimension() const = 0;
  virtual std::size_t weight_bytes() const = 0;
  virtual const std::string& architecture() const = 0;  // "BertModel", or "onnx"
  // Where destinations may be beside the host; the CPU: nowhere else.
  virtual Device device() const { return {}; }
};

}  // namespace densenode
