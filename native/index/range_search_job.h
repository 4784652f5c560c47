// A range search of many queries cut into slices that Executor runs side by side.
#pragma once

#include <cstddef>
#include <exception>
#include <functional>
#include <memory>
#include <span>

#include "common/cancellation.h"
#include "common/filter.h"
#include "index/range_hits.h"
#include "index/vector_index.h"

namespace densenode {

struct RangeSearchRequest {
  std::span<const float> queries;  // n x dimension, host memory
  float radius = 0;
  VectorIndex::SearchParameters parameters;
  std::shared_ptr<const Filter> filter;  // may be null
  std::size_t most = 0;                  // results in all; beyond them INVALID_ARGUMENT
  std::shared_ptr<Cancellation> cancellation;
};

// Returns at once; done(error, hits) is called once, on a pool thread.
void StartRangeSearch(std::shared_ptr<const VectorIndex> index, RangeSearchRequest request,
                      std::function<void(std::exception_ptr, RangeHits)> done);

}  // namespace densenode
