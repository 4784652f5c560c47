// One CUDA device as FAISS uses it. FAISS's GPU resources may be used by one thread at a time: each device
// has one thread of its own, and all FAISS work on the device goes through it.
#pragma once

#include <cublas_v2.h>
#include <cuda_runtime_api.h>
#include <faiss/gpu/StandardGpuResources.h>

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "cuda/device_memory.h"
#include "cuda/stream.h"

namespace densenode {

class GpuResources {
 public:
  // Made on first use and never destroyed: threads may outlive static destruction. `ordinal` is a device of
  // GetCudaSupport().
  static GpuResources& Of(int ordinal);
  static bool StopAll(std::chrono::milliseconds patience);
  GpuResources(const GpuResources&) = delete;
  GpuResources& operator=(const GpuResources&) = delete;

  int ordinal() const { return ordinal_; }
  // Queues `task`, first in first out; it must not throw. false, and `task` is not kept, after StopAll.
  bool Submit(std::function<void()> task);
  bool OnThread() const { return std::this_thread::get_id() == thread_id_; }
  static bool OnAnyThread();  // of some device

  // Device memory for a short time, kept for the next caller where it is not large. Any thread.
  std::shared_ptr<float> Allocate(std::size_t count);

  // All below: on the thread only. The device is the current one there.

  // FAISS's resources with their streams, cuBLAS handle and temporary memory, made on first use. Throws
  // OUT_OF_MEMORY where there is no room for them.
  faiss::gpu::StandardGpuResources& faiss();
  faiss::gpu::GpuResources& faiss_impl() { return *faiss().getResources(); }
  cudaStream_t stream() { return faiss().getDefaultStream(ordinal_); }
  // What FAISS has allocated to last.
  std::size_t lasting_bytes();
  // FAISS aborts the process where a copy, a kernel or cuBLAS finds no memory: asks the device before.
  // Throws OUT_OF_MEMORY if `bytes` and a margin are not free.
  void CheckFree(std::size_t bytes, const char* doing_what) const;
  bool HasFree(std::size_t bytes) const;

  // Buffers of a search; they grow to what the largest slice needs.
  DeviceBuffer<float> queries;
  DeviceBuffer<float> scores;
  DeviceBuffer<std::int64_t> positions;
  DeviceBuffer<int> flag;
  // Host copy of `flag`, pinned so that the copy does not wait.
  PinnedBuffer<int> host_flag;
  // Waits for the stream: awake for short work, asleep for long.
  void Wait(bool short_work);

 private:
  explicit GpuResources(int ordinal);
  void Loop();
  bool Stop(std::chrono::milliseconds patience);
  void Return(float* data, std::size_t count);

  const int ordinal_;
  std::thread::id thread_id_;

  std::mutex mutex_;
  std::condition_variable wake_, idle_;
  std::deque<std::function<void()>> queue_;
  bool running_ = false;
  bool stopped_ = false;

  struct Kept {
    float* data;
    std::size_t count;
  };
  std::mutex kept_mutex_;
  std::vector<Kept> kept_;

  std::unique_ptr<faiss::gpu::StandardGpuResources> faiss_;
  std::unique_ptr<Event> event_;
};

}  // namespace densenode
