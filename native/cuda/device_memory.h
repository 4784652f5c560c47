// Memory of a device, and host memory that a device copies from and to without a detour.
#pragma once

#include <cuda_runtime_api.h>

#include <algorithm>
#include <cstddef>
#include <limits>
#include <type_traits>
#include <utility>

#include "cuda/check.h"

namespace densenode {

namespace cuda_memory {

inline void* AllocateDevice(std::size_t bytes) {
  void* data = nullptr;
  CheckCuda(cudaMalloc(&data, bytes), "allocating device memory");
  return data;
}

inline void* AllocatePinned(std::size_t bytes) {
  void* data = nullptr;
  CheckCuda(cudaHostAlloc(&data, bytes, cudaHostAllocPortable), "allocating pinned host memory");
  return data;
}

inline void FreeDevice(void* data) { cudaFree(data); }
inline void FreePinned(void* data) { cudaFreeHost(data); }

}  // namespace cuda_memory

// An uninitialized array. It frees its memory, which waits for all work of the device: keep buffers, and let
// them grow.
template <typename T, void* (*kAllocate)(std::size_t), void (*kFree)(void*)>
class CudaBuffer {
  static_assert(std::is_trivially_copyable_v<T>);

 public:
  CudaBuffer() = default;
  explicit CudaBuffer(std::size_t size) { Reserve(size); }
  ~CudaBuffer() { Free(); }
  CudaBuffer(CudaBuffer&& from) noexcept
      : data_(std::exchange(from.data_, nullptr)), size_(std::exchange(from.size_, 0)) {}
  CudaBuffer& operator=(CudaBuffer&& from) noexcept {
    std::swap(data_, from.data_);
    std::swap(size_, from.size_);
    return *this;
  }

  T* data() const { return data_; }
  std::size_t size() const { return size_; }
  std::size_t bytes() const { return size_ * sizeof(T); }

  // At least `size` elements on the device that is current; the content is lost when it has to grow. No work
  // in flight may use the buffer. Throws OUT_OF_MEMORY, and the buffer is then empty.
  void Reserve(std::size_t size) {
    if (size <= size_) return;
    if (size > std::numeric_limits<std::size_t>::max() / sizeof(T)) {
      Fail(ErrorCode::kOutOfMemory, "a buffer of ", size, " elements is larger than any memory");
    }
    Free();
    data_ = static_cast<T*>(kAllocate(size * sizeof(T)));
    size_ = size;
  }
  // The same, but by a half at least, for sizes that rise slowly.
  void Grow(std::size_t size) {
    if (size > size_) Reserve(std::max(size, size_ + size_ / 2));
  }
  void Free() {
    if (data_) kFree(data_);
    data_ = nullptr;
    size_ = 0;
  }

 private:
  T* data_ = nullptr;
  std::size_t size_ = 0;
};

template <typename T>
using DeviceBuffer = CudaBuffer<T, cuda_memory::AllocateDevice, cuda_memory::FreeDevice>;
template <typename T>
using PinnedBuffer = CudaBuffer<T, cuda_memory::AllocatePinned, cuda_memory::FreePinned>;

}  // namespace densenode
