// Neighbours within a radius: as many for each query as there are.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "common/error.h"

namespace densenode {

struct RangeHits {
  std::vector<std::size_t> counts;  // of each query
  std::vector<std::int64_t> ids;    // query after query, each best first
  std::vector<float> scores;
};

// How many results all threads of one call may hold together: a radius may match everything.
class RangeBudget {
 public:
  explicit RangeBudget(std::size_t most) : most_(most) {}
  void Take(std::size_t results) {
    if (taken_.fetch_add(results) + results <= most_) return;
    Fail(ErrorCode::kInvalidArgument, "the radius takes in more than ", most_,
         " results; give a narrower one, fewer queries at a time, or a larger maxResults");
  }

 private:
  const std::size_t most_;
  std::atomic<std::size_t> taken_{0};
};

}  // namespace densenode
