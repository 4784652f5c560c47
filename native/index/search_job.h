// A search of many queries cut into slices that Executor runs side by side.
#pragma once

#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <span>

#include "common/cancellation.h"
#include "index/vector_index.h"

namespace densenode {

struct SearchRequest {
  std::span<const float> queries;  // n x dimension
  std::size_t k = 0;               // >= 1
  VectorIndex::SearchParameters parameters;
  std::int64_t* ids = nullptr;  // n * k
  float* scores = nullptr;      // n * k
  std::shared_ptr<Cancellation> cancellation;
};

// Returns at once; done(error) is called once, on a pool thread.
void StartSearch(std::shared_ptr<const VectorIndex> index, SearchRequest request,
                 std::function<void(std::exception_ptr)> done);

}  // namespace densenode
