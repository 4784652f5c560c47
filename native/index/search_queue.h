// Searches for few queries, of many callers: those that wait are one batch, before bulk work that is queued.
#pragma once

#include <cstddef>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "common/coalescer.h"
#include "index/search_job.h"

namespace densenode {

// How batches of an index are searched for: what its family and its place make best when a search comes.
struct SearchBatches {
  std::size_t most_queries;  // of one batch
  std::size_t most_at_once;
  bool shared;  // by all threads, or those of a device; else each is the work of one thread
};

struct WaitingSearch {
  std::shared_ptr<const VectorIndex> index;
  SearchRequest request;
  std::function<void(std::exception_ptr)> done;
  const void* caller = nullptr;
  std::shared_ptr<Cancellation> cancellation;
  SearchBatches batches;
};

// Of one index.
class SearchQueue : public Coalescer<WaitingSearch> {
 public:
  // Set where a search is for the queue: of one query, or of few where all threads share them anyway, in host
  // memory, without a filter.
  static std::optional<SearchBatches> BatchesFor(const VectorIndex& index, const SearchRequest& request);

 private:
  std::size_t MostAtOnce(const WaitingSearch& waiting) const override { return waiting.batches.most_at_once; }
  bool GoTogether(const WaitingSearch& first, const WaitingSearch& other) const override;
  double ShareOfBatch(const WaitingSearch& waiting) const override;
  void RunOne(WaitingSearch& waiting, Done done) override;
  void RunTogether(std::vector<WaitingSearch>& batch, Done done) override;
  void Release(WaitingSearch& waiting) override;
};

}  // namespace densenode
