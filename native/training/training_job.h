// Training of an adapter on the Executor: its phases run on all threads of the pool, item by item, so other
// jobs get their turn.
#pragma once

#include <cstddef>
#include <exception>
#include <functional>
#include <memory>
#include <string>

#include "common/cancellation.h"
#include "training/adapter_trainer.h"

namespace densenode {

struct TrainingRequest {
  TrainingData data;  // must live until done() is called
  TrainingOptions options;
  std::string model;
  std::shared_ptr<Cancellation> cancellation;  // may be null
  // Steps finished, out of epochs x ceil(queries / batch size); from one pool thread at a time.
  std::function<void(std::size_t)> on_progress;
};

struct TrainingResult {
  std::shared_ptr<LinearAdapter> adapter;
  TrainingHistory history;
};

// Returns at once; done(error) is called once, on a pool thread, and *result is set before where there is no
// error.
void StartTraining(TrainingRequest request, std::shared_ptr<TrainingResult> result,
                   std::function<void(std::exception_ptr)> done);

}  // namespace densenode
