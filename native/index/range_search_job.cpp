#include "index/range_search_job.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "common/executor.h"

namespace densenode {
namespace {

// Few enough to stop soon and to take turns with other jobs.
constexpr std::size_t kMostQueriesPerSlice = 64;

RangeHits Joined(std::vector<RangeHits>& slices) {
  if (slices.size() == 1) return std::move(slices.front());
  std::size_t queries = 0, results = 0;
  for (const RangeHits& slice : slices) queries += slice.counts.size(), results += slice.ids.size();
  RangeHits all;
  all.counts.reserve(queries);
  all.ids.reserve(results);
  all.scores.reserve(results);
  for (RangeHits& slice : slices) {
    all.counts.insert(all.counts.end(), slice.counts.begin(), slice.counts.end());
    all.ids.insert(all.ids.end(), slice.ids.begin(), slice.ids.end());
    all.scores.insert(all.scores.end(), slice.scores.begin(), slice.scores.end());
    slice = {};
  }
  return all;
}

}  // namespace

void StartRangeSearch(std::shared_ptr<const VectorIndex> index, RangeSearchRequest request,
                      std::function<void(std::exception_ptr, RangeHits)> done) {
  struct State {
    State(std::shared_ptr<const VectorIndex> its_index, RangeSearchRequest its_request, std::size_t count)
        : index(std::move(its_index)), request(std::move(its_request)), budget(request.most), slices(count) {}
    std::shared_ptr<const VectorIndex> index;
    RangeSearchRequest request;
    RangeBudget budget;
    std::vector<RangeHits> slices;
  };
  Executor& executor = Executor::Get();
  const std::size_t dimension = index->dimension();
  const std::size_t n = request.queries.size() / dimension;
  const std::size_t slice = executor.SliceOf(n, kMostQueriesPerSlice);
  const std::size_t count = (n + slice - 1) / slice;
  auto cancellation = request.cancellation;
  auto state = std::make_shared<State>(std::move(index), std::move(request), count);
  auto body = [state, n, slice, dimension](std::size_t i) {
    const std::size_t begin = i * slice, rows = std::min(slice, n - begin);
    const RangeSearchRequest& asked = state->request;
    state->index->RangeSearch(asked.queries.subspan(begin * dimension, rows * dimension), asked.radius,
                              asked.parameters, asked.filter.get(), &state->budget, &state->slices[i]);
  };
  auto end = [state, done = std::move(done)](std::exception_ptr error) {
    state->index.reset();
    RangeHits hits;
    if (!error) {
      try {
        hits = Joined(state->slices);
      } catch (const std::bad_alloc&) {
        error = std::make_exception_ptr(Error(ErrorCode::kOutOfMemory, "no memory for the results"));
      }
    }
    done(error, std::move(hits));
  };
  executor.ForEach(count, 0, std::move(cancellation), std::move(body), std::move(end));
}

}  // namespace densenode
