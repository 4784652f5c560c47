// What the index is at one moment. Searches work on a snapshot; a change makes the next one.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

#include "lexical/scoring.h"
#include "lexical/segment_merge.h"

namespace densenode {

class Snapshot {
 public:
  Snapshot(const Scoring& scoring, std::vector<LiveSegment> segments, std::uint64_t version = 0);

  const std::vector<LiveSegment>& segments() const { return segments_; }
  std::uint64_t count() const { return count_; }
  // Another one for each snapshot of an index.
  std::uint64_t version() const { return version_; }
  std::size_t memory_bytes() const { return memory_bytes_; }
  // Of each class of a segment.
  const std::vector<float>& impacts(std::size_t segment) const { return impacts_[segment]; }
  // 1 / length of the vector of each document of a segment, for scoring that normalizes. Computed at the
  // first call.
  const std::vector<float>& norms(std::size_t segment) const;

 private:
  void ComputeNorms() const;

  const Scoring& scoring_;
  std::vector<LiveSegment> segments_;
  const std::uint64_t version_;
  std::uint64_t count_ = 0;
  std::size_t memory_bytes_ = 0;
  std::vector<std::vector<float>> impacts_;
  mutable std::once_flag norms_once_;
  mutable std::vector<std::vector<float>> norms_;
};

}  // namespace densenode
