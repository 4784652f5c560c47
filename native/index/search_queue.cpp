#include "index/search_queue.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>

#include "index/flat_search.h"

namespace densenode {
namespace {

// Queries that all threads, or those of a device, share; other families search for several on a thread each.
constexpr std::size_t kFewShared = 8;
// Queries of one batch. Those of Flat read the vectors once for all; a device needs many to be busy; other
// families gain little from more.
constexpr std::size_t kMostFlat = 256;
constexpr std::size_t kMostOnDevice = 2048;
constexpr std::size_t kMost = 32;
constexpr double kMostResults = 1 << 20;
// Batches at work on a device: one is searched for while the next is on its way.
constexpr std::size_t kBatchesOnDevice = 2;

std::size_t QueriesOf(const WaitingSearch& waiting) {
  return waiting.request.queries.size() / waiting.index->dimension();
}

SearchBatches BatchesOf(const VectorIndex& index) {
  if (index.device().is_cuda()) return {kMostOnDevice, kBatchesOnDevice, true};
  if (FlatSearch::Suits(index)) return {kMostFlat, 1, true};
  return {kMost, static_cast<std::size_t>(Executor::Get().threads()), false};
}

// Where the index has changed meanwhile, both ways are still right.
void Run(const std::shared_ptr<const VectorIndex>& index, const SearchBatches& batches, SearchRequest request,
         std::function<void(std::exception_ptr)> done) {
  if (batches.shared) {
    request.priority = Executor::Priority::kUrgent;
    return StartSearchAlone(index, std::move(request), std::move(done));
  }
  index->Search(request.queries, request.k, request.parameters, request.ids, request.scores);
  done(nullptr);
}

// One search for many, and what it found.
struct Joined {
  std::vector<float> queries;
  std::vector<std::int64_t> ids;
  std::vector<float> scores;
};

}  // namespace

std::optional<SearchBatches> SearchQueue::BatchesFor(const VectorIndex& index, const SearchRequest& request) {
  if (request.exact || request.filter || request.where.is_cuda()) return std::nullopt;
  const std::size_t dimension = index.dimension(), queries = request.queries.size() / dimension;
  if (queries == 0 || queries > kFewShared || queries * dimension != request.queries.size())
    return std::nullopt;
  const SearchBatches batches = BatchesOf(index);
  if (queries > 1 && !batches.shared) return std::nullopt;
  return batches;
}

bool SearchQueue::GoTogether(const WaitingSearch& first, const WaitingSearch& other) const {
  return first.request.k == other.request.k && first.request.parameters == other.request.parameters;
}

double SearchQueue::ShareOfBatch(const WaitingSearch& waiting) const {
  const auto queries = static_cast<double>(QueriesOf(waiting));
  return std::max(queries / static_cast<double>(waiting.batches.most_queries),
                  queries * static_cast<double>(waiting.request.k) / kMostResults);
}

void SearchQueue::RunOne(WaitingSearch& waiting, Done done) {
  Run(waiting.index, waiting.batches, waiting.request, std::move(done));
}

void SearchQueue::RunTogether(std::vector<WaitingSearch>& batch, Done done) {
  const auto& index = batch.front().index;  // gone when the batch is released
  const std::size_t k = batch.front().request.k;
  auto joined = std::make_shared<Joined>();
  for (const WaitingSearch& each : batch) {
    joined->queries.insert(joined->queries.end(), each.request.queries.begin(), each.request.queries.end());
  }
  const std::size_t results = joined->queries.size() / index->dimension() * k;
  joined->ids.resize(results);
  joined->scores.resize(results);

  SearchRequest all;
  all.queries = joined->queries;
  all.k = k;
  all.parameters = batch.front().request.parameters;
  all.ids = joined->ids.data();
  all.scores = joined->scores.data();
  Run(index, batch.front().batches, std::move(all),
      [&batch, joined, k, done = std::move(done)](std::exception_ptr error) {
        std::size_t from = 0;
        for (const WaitingSearch& each : batch) {
          if (error) break;
          const std::size_t count = QueriesOf(each) * k;
          std::copy_n(joined->ids.data() + from, count, each.request.ids);
          std::copy_n(joined->scores.data() + from, count, each.request.scores);
          from += count;
        }
        done(error);
      });
}

void SearchQueue::Release(WaitingSearch& waiting) {
  waiting.request = {};
  waiting.index.reset();
}

}  // namespace densenode
