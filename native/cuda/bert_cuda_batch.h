// The inputs of one batch on their way to the device: one pinned buffer, one copy.
#pragma once

#include <cuda_runtime_api.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "cuda/device_memory.h"
#include "encoder/architecture/transformer_spec.h"
#include "encoder/token_batch.h"

namespace densenode {

class BertCudaBatch {
 public:
  // What the graph and the pooling kernel read, one after another in one buffer.
  enum Part { kIds, kTypeIds, kPositions, kTokenOffset, kCumulative, kRows, kParts };

  // Fills pinned memory. Attention is told that texts have up to `longest` tokens. Throws MODEL_INVALID for
  // ids that the model has no embeddings for.
  void Pack(const TokenBatch& batch, std::size_t longest, std::span<const std::uint32_t> rows,
            const EmbeddingSpec& embeddings);

  // Starts the copy of everything that Pack filled to `to`, of size() elements at least.
  void Send(std::int32_t* to, cudaStream_t stream) const;

  std::size_t size() const { return begin_[kParts]; }
  std::size_t begin(Part part) const { return begin_[part]; }  // of a part, in elements
  std::size_t tokens() const { return tokens_; }
  std::size_t texts() const { return texts_; }
  std::size_t longest() const { return longest_; }

 private:
  std::array<std::size_t, kParts + 1> begin_{};
  std::size_t tokens_ = 0, texts_ = 0, longest_ = 0;
  PinnedBuffer<std::int32_t> host_;
};

}  // namespace densenode
