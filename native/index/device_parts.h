// What shards and replicas share: an index on each of several devices, and work on them at the same time.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <vector>

#include "index/device_backend.h"

namespace densenode {

// Used on threads that no device waits for (DeviceGroup).
class DeviceParts : public DeviceIndex {
 public:
  std::size_t count() const override { return count_; }
  std::size_t memory_bytes() const override;  // of all devices
  bool damaged() const override { return damaged_; }

 protected:
  struct Part {
    Device device;
    std::unique_ptr<DeviceIndex> index;
  };

  DeviceParts(const std::vector<Device>& devices, const faiss::Index& base);
  // Runs body(0), body(1), ... on the threads of their devices, waits for all, and rethrows the first
  // failure.
  void OnAll(const std::function<void(std::size_t)>& body) const;
  // Gives each part its rows, or none of them if one cannot take them.
  void AddToParts(const std::vector<DeviceRows>& rows, std::size_t count);

  const std::size_t dimension_;
  std::vector<Part> parts_;
  std::size_t count_ = 0;
  bool damaged_ = false;
};

}  // namespace densenode
