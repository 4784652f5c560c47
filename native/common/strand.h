// Changes of one object, one after another in the order in which they were given. A change that waits for its
// turn holds no thread of the pool: other work goes on however many wait.
#pragma once

#include <deque>
#include <exception>
#include <functional>
#include <memory>
#include <vector>

#include "common/cancellation.h"
#include "common/executor.h"

namespace densenode {

class Strand {
 public:
  using Done = std::function<void(std::exception_ptr)>;
  // One, or several that a change needs at the same time. Changes that have strands in common stand in the
  // same order in each, so that no two ever wait for each other.
  using List = std::vector<std::shared_ptr<Strand>>;

  // Calls start(ended) as soon as the turn of the change has come in all `strands`: at once, or on the thread
  // on which the one before has ended. It must be short; the change lasts until `ended` is called, once, from
  // any thread (what `start` throws ends it too). Then done(error) is called, and the next change begins.
  //
  // A change that waits when `cancellation` is requested never starts: done(kAborted) is called before the
  // request returns, or in this call where it came earlier.
  static void Start(List strands, std::shared_ptr<Cancellation> cancellation, std::function<void(Done)> start,
                    Done done);
  // The same for a change that blocks, as Executor::Run.
  static void Run(List strands, Executor::Width width, std::shared_ptr<Cancellation> cancellation,
                  std::function<void()> body, Done done);

 private:
  struct Change;
  std::deque<std::shared_ptr<Change>> queue_;  // the first one has its turn
};

}  // namespace densenode
