// What VectorIndex asks of a device other than the CPU, so that it itself knows nothing about CUDA.
#pragma once

#include <faiss/Index.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>

#include "common/device.h"

namespace densenode {

// Type of the values of Flat on a device.
enum class Storage { kFloat, kHalf };
const char* StorageName(Storage storage);  // "fp32", "fp16"

// Row-major vectors in host memory or, with `on_device`, in the memory of the device that is asked.
struct DeviceRows {
  const float* data = nullptr;
  std::size_t count = 0;
  bool on_device = false;
  bool normalize = false;  // scale each row to length 1 on the way
};

// The vectors of one index on one device. They are known by their positions, 0 .. count() - 1 in the order in
// which they were added, in every family. Destroyed on any thread; everything else happens on the
// thread of the device (DeviceBackend::Submit).
class DeviceIndex {
 public:
  virtual ~DeviceIndex() = default;
  virtual std::size_t count() const = 0;
  virtual std::size_t memory_bytes() const = 0;  // on the device, without what searches need for a while

  // Throws OUT_OF_MEMORY where there is no room for the rows; INVALID_ARGUMENT for rows on the device that
  // are not finite and for values that the storage cannot hold. Changes no vector, but may make room.
  virtual void PrepareAdd(const DeviceRows& rows) = 0;
  // Throws as PrepareAdd before anything changed.
  virtual void Add(const DeviceRows& rows) = 0;
  virtual bool damaged() const = 0;  // an Add failed halfway
  // The k (1 .. most_results(), at most count()) nearest positions of each query, best first, -1 where an
  // IVF search found fewer. `nprobe`: lists to look into; 0 where the family has none. Throws
  // INVALID_ARGUMENT for queries that are not finite or beyond the storage.
  virtual void Search(const DeviceRows& queries, std::size_t k, std::size_t nprobe, std::int64_t* positions,
                      float* scores) const = 0;
  // `base`: the CPU form of the same index without vectors, whose quantizers decode.
  virtual void Reconstruct(std::int64_t position, const faiss::Index& base, float* out) const = 0;
  // Puts all vectors into `base`, the CPU form of the same index without vectors; ids in inverted lists are
  // positions.
  virtual void Download(faiss::Index& base) const = 0;
};

class DeviceBackend {
 public:
  virtual ~DeviceBackend() = default;
  // Queues `task` on the one thread through which all work of `device` goes. It must not throw, and must not
  // wait for locks that are held while their holder waits for this thread.
  virtual void Submit(Device device, std::function<void()> task) = 0;
  virtual bool OnThread(Device device) const = 0;
  // On the thread: the vectors of `base`, a trained index that CheckDeviceFamily admits and whose ids, in
  // inverted lists, are positions.
  virtual std::unique_ptr<DeviceIndex> Upload(Device device, const faiss::Index& base, Storage storage) = 0;
  // Any thread: `count` floats of `device` to host memory; returns when they are there.
  virtual void CopyToHost(Device device, const float* from, std::size_t count, float* to) = 0;
  // Any thread: `count` floats on `device`, freed with the last reference. Throws OUT_OF_MEMORY.
  virtual std::shared_ptr<float> Allocate(Device device, std::size_t count) = 0;
  // For process exit: starts nothing any more, and waits for what runs; false if some still does after
  // `patience`.
  virtual bool Stop(std::chrono::milliseconds patience) = 0;
};

// The CUDA backend; throws DEVICE_UNAVAILABLE in a build without CUDA.
DeviceBackend& GetDeviceBackend();
// Puts another one in its place (null: the former state). For tests on machines without a device.
void SetDeviceBackend(DeviceBackend* backend);
// As DeviceBackend::Stop, of groups of devices too, also where no device was ever used.
bool StopDevices(std::chrono::milliseconds patience);

// Most results of one query, and most lists of an IVF index to look into, on a device.
constexpr std::size_t kMostDeviceResults = 2048;

}  // namespace densenode
