// A CUDA graph: work of one stream that was recorded once and is started again by a single call.
#pragma once

#include <cuda_runtime_api.h>

#include <utility>

#include "cuda/check.h"

namespace densenode {

class CapturedWork {
 public:
  CapturedWork() = default;
  ~CapturedWork() {
    if (graph_) cudaGraphExecDestroy(graph_);
  }
  CapturedWork(CapturedWork&& from) noexcept : graph_(std::exchange(from.graph_, nullptr)) {}
  CapturedWork& operator=(CapturedWork&& from) noexcept {
    std::swap(graph_, from.graph_);
    return *this;
  }

  // Records what start() gives to `stream`; none of it runs. All memory that it uses must stay where it is,
  // so start() should have run before, for engines to have allocated what they need.
  template <typename Start>
  static CapturedWork Record(cudaStream_t stream, Start&& start) {
    CheckCuda(cudaStreamBeginCapture(stream, cudaStreamCaptureModeRelaxed), "starting to record a stream");
    cudaGraph_t recorded = nullptr;
    try {
      std::forward<Start>(start)();
    } catch (...) {
      cudaStreamEndCapture(stream, &recorded);
      if (recorded) cudaGraphDestroy(recorded);
      cudaGetLastError();
      throw;
    }
    CheckCuda(cudaStreamEndCapture(stream, &recorded), "recording a stream");
    CapturedWork work;
    const cudaError_t result = cudaGraphInstantiate(&work.graph_, recorded, 0);
    cudaGraphDestroy(recorded);
    CheckCuda(result, "preparing a recorded stream");
    return work;
  }

  explicit operator bool() const { return graph_ != nullptr; }
  void Launch(cudaStream_t stream) const {
    CheckCuda(cudaGraphLaunch(graph_, stream), "starting recorded work");
  }

 private:
  cudaGraphExec_t graph_ = nullptr;
};

}  // namespace densenode
