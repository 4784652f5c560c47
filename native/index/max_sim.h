// Late interaction: texts as many vectors, one a token, compared by the sum over the query's of the largest
// dot product with one of the document's (Khattab and Zaharia, "ColBERT", SIGIR 2020, arXiv:2004.12832).
#pragma once

#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "common/cancellation.h"

namespace densenode {

// Texts, each some rows of `dimension` values: text i has the rows offsets[i] .. offsets[i + 1] - 1.
struct MultiVectorRows {
  std::vector<std::int32_t> offsets;  // texts + 1; a copy, so that they stay as they were checked
  std::span<const float> data;

  std::size_t count() const { return offsets.empty() ? 0 : offsets.size() - 1; }
  std::size_t Rows(std::size_t text) const {
    return static_cast<std::size_t>(offsets[text + 1] - offsets[text]);
  }
  // Throws INVALID_ARGUMENT where offsets do not ascend from 0 to the number of rows.
  void Check(std::size_t dimension) const;
};

struct MaxSimRequest {
  MultiVectorRows queries, documents;
  std::size_t dimension = 0;
  bool mean = false;     // over the vectors of a query, in place of the sum
  float* out = nullptr;  // queries x documents, row major; 0 where one of the two has no vector
  std::shared_ptr<Cancellation> cancellation;
};

// Returns at once; done(error) is called once, on a pool thread.
void StartMaxSim(MaxSimRequest request, std::function<void(std::exception_ptr)> done);

}  // namespace densenode
