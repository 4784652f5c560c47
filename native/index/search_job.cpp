#include "index/search_job.h"

#include <algorithm>

#include "common/executor.h"

namespace densenode {
namespace {

// Slices small enough to take turns with other jobs and to stop soon when cancelled, large enough that the
// matrix product inside FAISS stays efficient.
constexpr std::size_t kMostQueriesPerSlice = 256;

}  // namespace

void StartSearch(std::shared_ptr<const VectorIndex> index, SearchRequest request,
                 std::function<void(std::exception_ptr)> done) {
  Executor& executor = Executor::Get();
  const std::size_t dimension = index->dimension();
  const std::size_t n = request.queries.size() / dimension;
  const std::size_t per_thread = (n + executor.threads() - 1) / executor.threads();
  const std::size_t slice = std::max<std::size_t>(1, std::min(per_thread, kMostQueriesPerSlice));
  auto cancellation = request.cancellation;
  auto body = [index = std::move(index), request = std::move(request), n, slice, dimension](std::size_t i) {
    const std::size_t begin = i * slice;
    const std::size_t rows = std::min(slice, n - begin);
    index->Search(request.queries.subspan(begin * dimension, rows * dimension), request.k, request.parameters,
                  request.ids + begin * request.k, request.scores + begin * request.k);
  };
  executor.ForEach((n + slice - 1) / slice, 0, std::move(cancellation), std::move(body), std::move(done));
}

}  // namespace densenode
