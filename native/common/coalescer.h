// Small requests that come while others are at work wait for them, and are then done together: for a model or
// an index a batch is hardly more work than one of them. There is no timer: a request that finds room starts
// at once.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <unordered_map>
#include <utility>
#include <vector>

#include "common/cancellation.h"
#include "common/error.h"
#include "common/executor.h"

namespace densenode {

// `Request` has: `caller`, a const void* (requests of different callers take turns, however many one has
// waiting); `cancellation`, a std::shared_ptr<Cancellation> that may be null; `done(error)`, called once, on
// a pool thread or where RunOne and RunTogether end.
template <typename Request>
class Coalescer : public std::enable_shared_from_this<Coalescer<Request>> {
 public:
  using Done = std::function<void(std::exception_ptr)>;
  virtual ~Coalescer() = default;

  void Add(Request request) {
    const std::size_t most = MostAtOnce(request);
    {
      std::lock_guard lock(mutex_);
      std::uint64_t& last = last_turns_[request.caller];
      last = std::max(last, turn_) + 1;
      waiting_.emplace(last, std::move(request));
      if (at_work_ >= most) return;
      ++at_work_;
    }
    SubmitNext();
  }

 protected:
  // Batches at work at once, with another one for `request`.
  virtual std::size_t MostAtOnce(const Request& request) const = 0;
  // Whether two requests can be in one batch, and how much of a batch, whose size is 1, one takes.
  virtual bool GoTogether(const Request& first, const Request& other) const = 0;
  virtual double ShareOfBatch(const Request& request) const = 0;
  // On a thread of the pool. Both call done(error) once, from any thread, and must be short where they do not
  // work on this thread. What they throw is the error.
  virtual void RunOne(Request& request, Done done) = 0;
  virtual void RunTogether(std::vector<Request>& batch, Done done) = 0;
  // Before done: lets go of what the request keeps alive.
  virtual void Release(Request& request) = 0;

 private:
  using Batch = std::vector<Request>;

  void SubmitNext() {
    Executor::Get().Submit([self = this->shared_from_this()] { self->Next(); }, Executor::Width::kOne,
                           Executor::Priority::kUrgent);
  }

  // What waits now, also what has come since this was submitted.
  std::shared_ptr<Batch> Take() {
    auto batch = std::make_shared<Batch>();
    std::lock_guard lock(mutex_);
    double size = 0;
    for (auto next = waiting_.begin(); next != waiting_.end() && size < 1;) {
      Request& request = next->second;
      const double share = ShareOfBatch(request);
      if (!batch->empty() && (size + share > 1 || !GoTogether(batch->front(), request))) {
        ++next;
        continue;
      }
      turn_ = std::max(turn_, next->first);
      size += share;
      batch->push_back(std::move(request));
      next = waiting_.erase(next);
    }
    if (waiting_.empty()) last_turns_.clear();
    if (batch->empty()) --at_work_;
    return batch;
  }

  void Next() {
    const auto batch = Take();
    if (batch->empty()) return;
    const auto stopped = [](const Request& request) {
      return request.cancellation && request.cancellation->requested();
    };
    const auto aborted = std::stable_partition(batch->begin(), batch->end(),
                                               [&](const Request& request) { return !stopped(request); });
    for (auto request = aborted; request != batch->end(); ++request) {
      Report(*request, std::make_exception_ptr(
                           Error(ErrorCode::kAborted, "the operation was aborted while it waited")));
    }
    batch->erase(aborted, batch->end());
    if (batch->size() <= 1) return RunFrom(batch, 0);
    Guarded([&](Done done) { RunTogether(*batch, std::move(done)); },
            [self = this->shared_from_this(), batch](std::exception_ptr failed) {
              // The fault may be that of one: each has its own chance.
              if (failed) return self->RunFrom(batch, 0);
              for (Request& request : *batch) self->Release(request);
              for (Request& request : *batch) self->Report(request, nullptr);
              self->Ended();
            });
  }

  // Each by itself, one after another.
  void RunFrom(std::shared_ptr<Batch> batch, std::size_t index) {
    if (index == batch->size()) return Ended();
    Guarded([&](Done done) { RunOne((*batch)[index], std::move(done)); },
            [self = this->shared_from_this(), batch, index](std::exception_ptr error) {
              self->Report((*batch)[index], error);
              self->RunFrom(batch, index + 1);
            });
  }

  template <typename Start>
  void Guarded(const Start& start, const Done& done) {
    try {
      start(done);
    } catch (...) {
      done(std::current_exception());
    }
  }

  void Report(Request& request, std::exception_ptr error) {
    Release(request);
    std::exchange(request.done, nullptr)(error);
  }

  void Ended() {
    {
      std::lock_guard lock(mutex_);
      if (waiting_.empty()) {
        --at_work_;
        return;
      }
    }
    SubmitNext();
  }

  std::mutex mutex_;
  // By turn. A caller's requests have ascending turns from the one that is on now, so that the first of a
  // newcomer comes before the hundredth of another (start-time fair queueing).
  std::multimap<std::uint64_t, Request> waiting_;
  std::unordered_map<const void*, std::uint64_t> last_turns_;
  std::uint64_t turn_ = 0;
  std::size_t at_work_ = 0;
};

}  // namespace densenode
