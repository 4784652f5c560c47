// The vectors of an index divided among several devices.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "index/device_parts.h"

namespace densenode {

// Which positions of the whole index a shard has. Its own, 0 .. count() - 1, are in the same order.
class ShardPositions {
 public:
  // So that the next Append does not fail.
  void Reserve();
  // `count` positions from `first` on, which is above all former ones.
  void Append(std::size_t first, std::size_t count);
  std::size_t count() const { return count_; }
  std::int64_t Whole(std::int64_t own) const;
  std::int64_t Own(std::int64_t whole) const;  // -1 if it is elsewhere
  // Calls body(own, whole, count) for each stretch without gaps.
  template <typename Body>
  void ForRuns(const Body& body) const {
    for (std::size_t i = 0; i < runs_.size(); ++i) {
      const std::size_t end = i + 1 < runs_.size() ? runs_[i + 1].own : count_;
      body(std::size_t{runs_[i].own}, std::size_t{runs_[i].whole}, end - runs_[i].own);
    }
  }

 private:
  struct Run {
    std::uint32_t own, whole;  // where it begins
  };
  std::vector<Run> runs_;
  std::size_t count_ = 0;
};

class DeviceShards : public DeviceParts {
 public:
  DeviceShards(const std::vector<Device>& devices, const faiss::Index& base, Storage storage);
  void PrepareAdd(const DeviceRows& rows) override;
  void Add(const DeviceRows& rows) override;
  void Search(const DeviceRows& queries, std::size_t k, std::size_t nprobe, std::int64_t* positions,
              float* scores) const override;
  void Reconstruct(std::int64_t position, const faiss::Index& base, float* out) const override;
  void Download(faiss::Index& base) const override;

 private:
  // Contiguous rows for each shard, so that all have about the same count in the end.
  std::vector<DeviceRows> Divided(const DeviceRows& rows) const;
  void SearchRows(const DeviceRows& queries, std::size_t k, std::size_t nprobe, std::int64_t* positions,
                  float* scores) const;

  const bool larger_is_nearer_;
  std::vector<ShardPositions> positions_;  // of each part
  std::size_t last_ = 0;                   // the part that had rows last
};

}  // namespace densenode
