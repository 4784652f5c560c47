// Searches for few queries, of many callers: those that wait are one batch, before bulk work that is queued.
#pragma once

#include <exception>
#include <functional>
#include <memory>
#include <vector>

#include "common/coalescer.h"
#include "index/search_job.h"

namespace densenode {

struct WaitingSearch {
  std::shared_ptr<const VectorIndex> index;
  SearchRequest request;
  std::function<void(std::exception_ptr)> done;
  const void* caller = nullptr;
  std::shared_ptr<Cancellation> cancellation;
};

// Of one index.
class SearchQueue : public Coalescer<WaitingSearch> {
 public:
  // Whether a search is for the queue: of one query, or of few where all threads share them anyway, in host
  // memory, without a filter.
  static bool Takes(const VectorIndex& index, const SearchRequest& request);

 private:
  std::size_t MostAtOnce(const WaitingSearch& waiting) const override;
  bool GoTogether(const WaitingSearch& first, const WaitingSearch& other) const override;
  double ShareOfBatch(const WaitingSearch& waiting) const override;
  void RunOne(WaitingSearch& waiting, Done done) override;
  void RunTogether(std::vector<WaitingSearch>& batch, Done done) override;
  void Release(WaitingSearch& waiting) override;
};

}  // namespace densenode
