#include "training/training_job.h"

#include <new>
#include <optional>
#include <utility>

#include "common/error.h"
#include "common/executor.h"

namespace densenode {
namespace {

class TrainingJob : public std::enable_shared_from_this<TrainingJob> {
 public:
  TrainingJob(TrainingRequest request, std::shared_ptr<TrainingResult> result,
              std::function<void(std::exception_ptr)> done)
      : request_(std::move(request)), result_(std::move(result)), done_(std::move(done)) {}

  void Start() {
    Executor::Get().Run(
        Executor::Width::kOne, request_.cancellation,
        [self = shared_from_this()] { self->trainer_.emplace(self->request_.data, self->request_.options); },
        [self = shared_from_this()](std::exception_ptr error) { self->Continue(error); });
  }

 private:
  // Between two phases.
  void Continue(std::exception_ptr error) {
    std::optional<TrainingPhase> phase;
    if (!error) {
      try {
        const std::size_t before = trainer_->steps();
        phase = trainer_->Next();
        if (request_.on_progress && trainer_->steps() > before) request_.on_progress(trainer_->steps());
        if (!phase) *result_ = {trainer_->MakeAdapter(request_.model), trainer_->history()};
      } catch (...) {
        error = std::current_exception();
      }
    }
    if (!phase) return Finish(error);
    Executor::Get().ForEach(
        phase->items, 0, request_.cancellation, std::move(phase->body),
        [self = shared_from_this()](std::exception_ptr failed) { self->Continue(failed); });
  }

  void Finish(std::exception_ptr error) {
    try {
      if (error) std::rethrow_exception(error);
    } catch (const std::bad_alloc&) {
      error = std::make_exception_ptr(Error(ErrorCode::kOutOfMemory, "out of memory while training"));
    } catch (...) {
    }
    trainer_.reset();
    auto done = std::exchange(done_, nullptr);
    done(error);
  }

  const TrainingRequest request_;
  const std::shared_ptr<TrainingResult> result_;
  std::function<void(std::exception_ptr)> done_;
  std::optional<AdapterTrainer> trainer_;
};

}  // namespace

void StartTraining(TrainingRequest request, std::shared_ptr<TrainingResult> result,
                   std::function<void(std::exception_ptr)> done) {
  std::make_shared<TrainingJob>(std::move(request), std::move(result), std::move(done))->Start();
}

}  // namespace densenode
