// All vectors of an index on each of several devices.
#pragma once

#include <cstddef>
#include <cstdint>
#include <mutex>
#include <vector>

#include "index/device_parts.h"

namespace densenode {

class DeviceReplicas : public DeviceParts {
 public:
  DeviceReplicas(const std::vector<Device>& devices, const faiss::Index& base, Storage storage);
  void PrepareAdd(const DeviceRows& rows) override;
  void Add(const DeviceRows& rows) override;
  void Search(const DeviceRows& queries, std::size_t k, std::size_t nprobe, std::int64_t* positions,
              float* scores) const override;
  void Reconstruct(std::int64_t position, const faiss::Index& base, float* out) const override;
  void Download(faiss::Index& base) const override;

 private:
  // Work given to some parts, those that have the least, until the object goes.
  class Share;

  mutable std::mutex mutex_;
  mutable std::vector<std::size_t> pending_;  // queries that each part is asked for
  mutable std::size_t turn_ = 0;              // who is first among equals
};

}  // namespace densenode
