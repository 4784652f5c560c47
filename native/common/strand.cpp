#include "common/strand.h"

#include <algorithm>
#include <mutex>
#include <optional>
#include <utility>

#include "common/error.h"

namespace densenode {
namespace {

// One for all queues: a change enters all of its strands at once, and changes are rare.
std::mutex mutex;

}  // namespace

struct Strand::Change : std::enable_shared_from_this<Change> {
  List strands;
  std::function<void(Done)> start;
  Done done;
  std::shared_ptr<Cancellation> cancellation;
  std::optional<Cancellation::Registration> registration;
  bool waiting = true;  // guarded by `mutex`, as the queues are

  // With the mutex held: true once, when it is the first everywhere.
  bool TakeTurn() {
    const auto first = [this](const auto& strand) { return strand->queue_.front().get() == this; };
    return waiting && std::all_of(strands.begin(), strands.end(), first) && std::exchange(waiting, false);
  }

  void Begin() {
    const auto run = std::exchange(start, nullptr);
    try {
      run([self = shared_from_this()](std::exception_ptr error) { self->End(error); });
    } catch (...) {
      End(std::current_exception());
    }
  }

  void End(std::exception_ptr error) {
    const auto next = Leave();
    std::exchange(done, nullptr)(error);
    for (const auto& change : next) change->Begin();
  }

  // Those whose turn comes by it.
  std::vector<std::shared_ptr<Change>> Leave() {
    std::vector<std::shared_ptr<Change>> next;
    const auto self = shared_from_this();
    std::lock_guard lock(mutex);
    for (const auto& strand : strands) std::erase(strand->queue_, self);
    for (const auto& strand : strands) {
      if (!strand->queue_.empty() && strand->queue_.front()->TakeTurn())
        next.push_back(strand->queue_.front());
    }
    return next;
  }

  static void Cancel(std::shared_ptr<Change> change) {
    std::unique_lock lock(mutex);
    const bool waited = std::exchange(change->waiting, false);
    lock.unlock();
    if (waited) {
      change->End(std::make_exception_ptr(Error(ErrorCode::kAborted, "the operation was aborted")));
    }
    // A registration cannot end inside its own callback, and what the change holds may take long to free.
    Executor::Get().Submit([change = std::move(change)] {});
  }
};

void Strand::Start(List strands, std::shared_ptr<Cancellation> cancellation, std::function<void(Done)> start,
                   Done done) {
  auto change = std::make_shared<Change>();
  change->strands = std::move(strands);
  change->start = std::move(start);
  change->done = std::move(done);
  change->cancellation = std::move(cancellation);
  std::unique_lock lock(mutex);
  for (const auto& strand : change->strands) strand->queue_.push_back(change);
  const bool begins = change->TakeTurn();
  lock.unlock();
  if (begins) return change->Begin();
  change->registration.emplace(change->cancellation.get(), [weak = change->weak_from_this()] {
    if (auto waiting = weak.lock()) Change::Cancel(std::move(waiting));
  });
}

void Strand::Run(List strands, Executor::Width width, std::shared_ptr<Cancellation> cancellation,
                 std::function<void()> body, Done done) {
  auto start = [width, cancellation, body = std::move(body)](Done ended) mutable {
    Executor::Get().Run(width, std::move(cancellation), std::move(body), std::move(ended));
  };
  Start(std::move(strands), cancellation, std::move(start), std::move(done));
}

}  // namespace densenode
