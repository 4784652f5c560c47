// The one pool of threads that does all long work of the process: tokenizing, embedding batches, search
// slices, training. Its size is the thread budget; ONNX Runtime sessions run inside a pool thread
// (intra_op = 1), OpenMP and BLAS are set to one thread in each, so nothing adds up beyond it.
//
// The pool is created on first use and deliberately never destroyed: static destruction at process exit must
// not race with threads that still run.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>

#include "common/cancellation.h"

namespace densenode {

class Executor {
 public:
  static Executor& Get();

  // Threads of the pool: DENSENODE_THREADS if set, else the cores this process may use (affinity, cgroup
  // quota).
  int threads() const;

  enum class Width {
    kOne,  // one thread of the budget
    kAll,  // runs alone and may use threads() threads itself (OpenMP, BLAS): FAISS training
  };

  enum class Priority {
    kNormal,
    kUrgent,  // before all normal tasks that wait, but for one now and then: short work that somebody awaits
  };

  // Queues `task`, first in first out among those of its priority; urgent tasks are of Width::kOne. Tasks
  // must not throw, and must not wait for other tasks but by RunBoth.
  void Submit(std::function<void()> task, Width width = Width::kOne, Priority priority = Priority::kNormal);

  // Runs body(0) .. body(count - 1) on up to `parallelism` threads of the pool at once (0: all of them), then
  // done(error) once, on a pool thread; `error` is the first exception thrown by a body (the rest of the
  // items is then skipped) or kAborted when `cancellation` was requested. Items of several jobs take turns,
  // so a long job does not hold back a short one for longer than one item. count = 0 calls done at once, on a
  // pool thread.
  void ForEach(std::size_t count, std::size_t parallelism, std::shared_ptr<Cancellation> cancellation,
               std::function<void(std::size_t)> body, std::function<void(std::exception_ptr)> done,
               Priority priority = Priority::kNormal);

  // How many of `count` items one call of a body shall do, from 1 to `most`: as many as give every thread a
  // share.
  std::size_t SliceOf(std::size_t count, std::size_t most) const {
    const auto all = static_cast<std::size_t>(threads());
    return std::clamp<std::size_t>((count + all - 1) / all, 1, most);
  }

  // Runs body(begin, end) for slices of `count` items as SliceOf cuts them; otherwise as ForEach, with all
  // threads.
  void ForEachSlice(std::size_t count, std::size_t most, std::shared_ptr<Cancellation> cancellation,
                    std::function<void(std::size_t begin, std::size_t end)> body,
                    std::function<void(std::exception_ptr)> done, Priority priority = Priority::kNormal);

  // As Submit, but runs body and then done(error); `done` as above.
  void Run(Width width, std::shared_ptr<Cancellation> cancellation, std::function<void()> body,
           std::function<void(std::exception_ptr)> done);

  // Runs both and waits for both: `second` on another thread of the pool if one is free meanwhile, else here,
  // after `first`. Tasks may call this, too: what it waits for runs already. Rethrows what `first` has
  // thrown, else what `second` has.
  void RunBoth(const std::function<void()>& first, std::function<void()> second);

  // Starts nothing any more and waits until no task runs; false if some still do after `patience`. For
  // process exit.
  bool Stop(std::chrono::milliseconds patience);

  // Same as ForEach, but waits for the end and rethrows. For tests and callers outside the pool only.
  void ForEachAndWait(std::size_t count, std::function<void(std::size_t)> body);

 private:
  Executor();
  struct State;
  State* state_;
};

}  // namespace densenode
