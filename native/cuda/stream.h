// The current device, streams and events as objects.
#pragma once

#include <cuda_runtime_api.h>

#include <utility>

#include "cuda/check.h"

namespace densenode {

// Makes `ordinal` the current device of this thread for the life of the object, then puts the former one
// back.
class DeviceScope {
 public:
  explicit DeviceScope(int ordinal) {
    CheckCuda(cudaGetDevice(&former_), "asking for the current device");
    if (former_ == ordinal) return;
    CheckCuda(cudaSetDevice(ordinal), "changing the device");
    changed_ = true;
  }
  ~DeviceScope() {
    if (changed_) cudaSetDevice(former_);
  }
  DeviceScope(const DeviceScope&) = delete;
  DeviceScope& operator=(const DeviceScope&) = delete;

 private:
  int former_ = 0;
  bool changed_ = false;
};

// A stream of the device that is current where it is made. It does not wait for the default stream.
class Stream {
 public:
  Stream() { CheckCuda(cudaStreamCreateWithFlags(&stream_, cudaStreamNonBlocking), "making a stream"); }
  ~Stream() {
    if (stream_) cudaStreamDestroy(stream_);
  }
  Stream(Stream&& from) noexcept : stream_(std::exchange(from.stream_, nullptr)) {}
  Stream& operator=(Stream&& from) noexcept {
    std::swap(stream_, from.stream_);
    return *this;
  }

  cudaStream_t get() const { return stream_; }
  void Synchronize() const { CheckCuda(cudaStreamSynchronize(stream_), "waiting for a stream"); }

 private:
  cudaStream_t stream_ = nullptr;
};

// A mark in a stream. Waiting for it puts the thread to sleep instead of spinning: threads belong to the one
// budget, and the CPU has texts to tokenize meanwhile.
class Event {
 public:
  Event() {
    CheckCuda(cudaEventCreateWithFlags(&event_, cudaEventDisableTiming | cudaEventBlockingSync),
              "making an event");
  }
  ~Event() {
    if (event_) cudaEventDestroy(event_);
  }
  Event(Event&& from) noexcept : event_(std::exchange(from.event_, nullptr)) {}
  Event& operator=(Event&& from) noexcept {
    std::swap(event_, from.event_);
    return *this;
  }

  cudaEvent_t get() const { return event_; }
  void Record(cudaStream_t stream) { CheckCuda(cudaEventRecord(event_, stream), "marking a stream"); }
  // Errors of kernels that ran before the mark come out here.
  void Wait() const { CheckCuda(cudaEventSynchronize(event_), "waiting for work on the device"); }
  // Work given to `stream` from now on starts after the mark; the calling thread goes on.
  void MakeWait(cudaStream_t stream) const {
    CheckCuda(cudaStreamWaitEvent(stream, event_, 0), "ordering two streams");
  }

 private:
  cudaEvent_t event_ = nullptr;
};

}  // namespace densenode
