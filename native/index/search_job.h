// A search of many queries cut into slices: Executor runs them side by side, the thread of a device one after
// another.
#pragma once

#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <span>

#include "common/cancellation.h"
#include "common/device.h"
#include "common/executor.h"
#include "common/filter.h"
#include "index/vector_index.h"

namespace densenode {

struct SearchRequest {
  std::span<const float> queries;  // n x dimension
  Device where;                    // whose memory they are in
  std::size_t k = 0;               // >= 1
  VectorIndex::SearchParameters parameters;
  std::shared_ptr<const Filter> filter;  // may be null
  bool exact = false;                    // VectorIndex::SearchExact, without the parameters and the filter
  std::int64_t* ids = nullptr;           // n * k, host memory
  float* scores = nullptr;               // n * k, host memory
  std::shared_ptr<Cancellation> cancellation;
  const void* caller = nullptr;  // searches of few queries of different callers take turns; may be null
  Executor::Priority priority = Executor::Priority::kNormal;
};

// Returns at once; done(error) is called once, on a pool thread or the thread of a device: it must be short.
// Few queries that come while others are at work are searched for together (search_queue.h).
void StartSearch(std::shared_ptr<const VectorIndex> index, SearchRequest request,
                 std::function<void(std::exception_ptr)> done);

// The same without waiting for others.
void StartSearchAlone(std::shared_ptr<const VectorIndex> index, SearchRequest request,
                      std::function<void(std::exception_ptr)> done);

// The whole search on the calling thread (but for an index on a device), without looking at `cancellation`.
void SearchOnThisThread(std::shared_ptr<const VectorIndex> index, const SearchRequest& request);

}  // namespace densenode
