#include "index/search_job.h"

#include <algorithm>
#include <utility>

#include "common/executor.h"
#include "index/flat_search.h"
#include "index/place.h"
#include "index/search_queue.h"

namespace densenode {
namespace {

// Slices small enough to take turns with other jobs and to stop soon when cancelled, large enough that the
// matrix product inside FAISS stays efficient.
constexpr std::size_t kMostQueriesPerSlice = 256;
// A device needs thousands of queries to be busy. 8 MiB of queries of 1,024 dimensions, some 15 ms of work on
// a million vectors.
constexpr std::size_t kMostQueriesPerDeviceSlice = 2048;

class DeviceSearch : public std::enable_shared_from_this<DeviceSearch> {
 public:
  DeviceSearch(std::shared_ptr<const VectorIndex> index, Place device, SearchRequest request,
               std::function<void(std::exception_ptr)> done)
      : index_(std::move(index)), device_(device), request_(std::move(request)), done_(std::move(done)) {}

  // The thread of the device waits for nobody, and no thread of the pool waits for it.
  void Start() {
    SubmitTo(device_, [self = shared_from_this()] { self->Slice(); });
  }

 private:
  // Which divide the queries of a slice among them.
  std::size_t replicas() const {
    const DeviceGroup* group = device_.group();
    return group && group->spread() == Spread::kReplicate ? group->devices().size() : 1;
  }
  std::size_t left() const { return request_.queries.size() / index_->dimension() - next_; }

  void Slice() {
    try {
      if (request_.cancellation) request_.cancellation->ThrowIfRequested();
      const std::size_t rows = std::min(left(), kMostQueriesPerDeviceSlice * replicas());
      if (!Search([&](auto&&... arguments) { return index_->SearchHere(device_, arguments...); }, rows)) {
        return GoOnElsewhere();
      }
      next_ += rows;
      if (left() > 0) return Start();
    } catch (...) {
      return Finish(std::current_exception());
    }
    Finish(nullptr);
  }

  template <typename Call>
  bool Search(const Call& call, std::size_t rows) {
    const std::size_t dimension = index_->dimension(), k = request_.k;
    return call(request_.queries.subspan(next_ * dimension, rows * dimension), k, request_.parameters,
                request_.ids + next_ * k, request_.scores + next_ * k, request_.where, request_.filter.get());
  }

  // The index was moved meanwhile.
  void GoOnElsewhere() {
    Executor::Get().Run(
        Executor::Width::kOne, request_.cancellation,
        [self = shared_from_this()] {
          self->Search(
              [&](auto&&... arguments) {
                self->index_->Search(arguments...);
                return true;
              },
              self->left());
        },
        [self = shared_from_this()](std::exception_ptr error) { self->Finish(error); });
  }

  void Finish(std::exception_ptr error) {
    index_.reset();
    std::exchange(done_, nullptr)(error);
  }

  std::shared_ptr<const VectorIndex> index_;
  Place device_;
  SearchRequest request_;
  std::function<void(std::exception_ptr)> done_;
  std::size_t next_ = 0;
};

// Slices of queries, each a search of its own.
void StartSlices(std::shared_ptr<const VectorIndex> index, SearchRequest request,
                 std::function<void(std::exception_ptr)> done) {
  const std::size_t dimension = index->dimension(), count = request.queries.size() / dimension;
  const auto priority = request.priority;
  auto cancellation = request.cancellation;
  auto body = [index = std::move(index), request = std::move(request), dimension](std::size_t begin,
                                                                                  std::size_t end) {
    const auto queries = request.queries.subspan(begin * dimension, (end - begin) * dimension);
    std::int64_t* ids = request.ids + begin * request.k;
    float* scores = request.scores + begin * request.k;
    if (request.exact) return index->SearchExact(queries, request.k, ids, scores);
    index->Search(queries, request.k, request.parameters, ids, scores, request.where, request.filter.get());
  };
  Executor::Get().ForEachSlice(count, kMostQueriesPerSlice, std::move(cancellation), std::move(body),
                               std::move(done), priority);
}

}  // namespace

void StartSearch(std::shared_ptr<const VectorIndex> index, SearchRequest request,
                 std::function<void(std::exception_ptr)> done) {
  const auto batches = SearchQueue::BatchesFor(*index, request);
  if (!batches) return StartSearchAlone(std::move(index), std::move(request), std::move(done));
  const auto queue = index->searches();
  WaitingSearch waiting{std::move(index),     {},      std::move(done), request.caller,
                        request.cancellation, *batches};
  waiting.request = std::move(request);
  queue->Add(std::move(waiting));
}

void StartSearchAlone(std::shared_ptr<const VectorIndex> index, SearchRequest request,
                      std::function<void(std::exception_ptr)> done) {
  const Place device = index->device();
  if (device.is_cuda() && !request.exact && (!request.where.is_cuda() || request.where == device)) {
    return std::make_shared<DeviceSearch>(std::move(index), device, std::move(request), std::move(done))
        ->Start();
  }
  const auto flat = FlatSearch::Plan(index, request);
  if (!flat) return StartSlices(std::move(index), std::move(request), std::move(done));
  Executor::Get().ForEach(
      flat->steps(), 0, flat->request().cancellation, [flat](std::size_t step) { flat->Step(step); },
      [flat, index = std::move(index), done = std::move(done)](std::exception_ptr error) {
        if (error || !flat->failed()) return done(error);
        StartSlices(index, flat->request(), done);
      },
      flat->request().priority);
}

void SearchOnThisThread(std::shared_ptr<const VectorIndex> index, const SearchRequest& request) {
  if (const auto flat = FlatSearch::Plan(index, request)) {
    for (std::size_t step = 0; step < flat->steps() && !flat->failed(); ++step) flat->Step(step);
    if (!flat->failed()) return;
  }
  index->Search(request.queries, request.k, request.parameters, request.ids, request.scores, request.where,
                request.filter.get());
}

}  // namespace densenode
