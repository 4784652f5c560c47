// The activations of one batch on its way through the layers, kept for the next batch.
#pragma once

#include <cstddef>
#include <memory>
#include <mutex>
#include <utility>

#include "encoder/cpu/attention.h"
#include "encoder/cpu/byte_matrix.h"

namespace densenode::cpu {

struct Workspace {
  std::size_t rows = 0;          // tokens
  AlignedBuffer<float> x;        // rows x hidden: the residual stream
  AlignedBuffer<Bf16> rounded;   // the same for products: columns padded to a multiple of 32, 32 rows more
  ByteRows quantized;            // the same for products of bytes
  AlignedBuffer<Bf16> wide;      // queries, keys and values; then what is inside the feed-forward network
  AlignedBuffer<Bf16> context;   // what attention gives
  AlignedBuffer<float> scratch;  // rows of a product that are still to be normalized
  AttentionScratch attention;
  std::unique_ptr<Workspace> next;  // in the pool
};

// As many as batches were at work at once.
class WorkspacePool {
 public:
  // A workspace for as long as a batch is at work. With `release` its memory and that of all idle ones is
  // freed at the end.
  class Lease {
   public:
    Lease(WorkspacePool& pool, bool release) : pool_(pool), release_(release), workspace_(pool.Take()) {}
    ~Lease() { pool_.Return(std::move(workspace_), release_); }
    Lease(const Lease&) = delete;
    Lease& operator=(const Lease&) = delete;
    Workspace* operator->() const { return workspace_.get(); }
    Workspace* get() const { return workspace_.get(); }

   private:
    WorkspacePool& pool_;
    bool release_;
    std::unique_ptr<Workspace> workspace_;
  };

 private:
  std::unique_ptr<Workspace> Take() {
    {
      const std::lock_guard lock(mutex_);
      if (idle_) return std::exchange(idle_, std::move(idle_->next));
    }
    return std::make_unique<Workspace>();
  }

  void Return(std::unique_ptr<Workspace> workspace, bool release) {
    std::unique_ptr<Workspace> freed;  // outside of the lock
    const std::lock_guard lock(mutex_);
    workspace->next = std::move(idle_);
    idle_ = std::move(workspace);
    if (release) freed = std::move(idle_);
  }

  std::mutex mutex_;
  std::unique_ptr<Workspace> idle_;  // a list
};

}  // namespace densenode::cpu
