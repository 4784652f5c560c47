#include "training/training_job.h"

#include <chrono>
#include <new>
#include <optional>
#include <utility>

#include "common/error.h"
#include "common/executor.h"

namespace densenode {
namespace {

// Long enough that switching BLAS to all threads and back does not count, short enough for others to wait.
constexpr auto kSlice = std::chrono::milliseconds(50);

class TrainingJob : public std::enable_shared_from_this<TrainingJob> {
 public:
  TrainingJob(TrainingRequest request, std::shared_ptr<TrainingResult> result,
              std::function<void(std::exception_ptr)> done)
      : request_(std::move(request)), result_(std::move(result)), done_(std::move(done)) {}

  void Continue() {
    Executor::Get().Run(
        Executor::Width::kAll, request_.cancellation, [self = shared_from_this()] { self->RunSlice(); },
        [self = shared_from_this()](std::exception_ptr error) {
          if (!error && !self->over_) return self->Continue();
          self->Finish(error);
        });
  }

 private:
  void RunSlice() {
    const auto end = std::chrono::steady_clock::now() + kSlice;
    if (!trainer_) trainer_.emplace(request_.data, request_.options);
    do {
      over_ = !trainer_->Step(request_.cancellation.get());
      if (request_.on_progress) request_.on_progress(trainer_->steps());
      if (request_.cancellation) request_.cancellation->ThrowIfRequested();
    } while (!over_ && std::chrono::steady_clock::now() < end);
    if (over_) *result_ = {trainer_->MakeAdapter(request_.model), trainer_->history()};
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
  bool over_ = false;
};

}  // namespace

void StartTraining(TrainingRequest request, std::shared_ptr<TrainingResult> result,
                   std::function<void(std::exception_ptr)> done) {
  std::make_shared<TrainingJob>(std::move(request), std::move(result), std::move(done))->Continue();
}

}  // namespace densenode
