#include "training/adapter_trainer.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <span>
#include <utility>

#include "common/error.h"
#include "training/reciprocal_rank.h"
#include "training/training_batch.h"

namespace densenode {
namespace {

const TrainingData& Checked(const TrainingData& data) {
  CheckTrainingData(data);
  return data;
}

}  // namespace

AdapterTrainer::AdapterTrainer(const TrainingData& data, const TrainingOptions& options)
    : data_(Checked(data)),
      options_(options),
      known_(data.dimension, data.documents, data.training),
      parameters_(data.dimension, options.bias),
      optimizer_(parameters_.values.size(), {.weight_decay = options.weight_decay}),
      random_(options.seed),
      order_(queries()) {
  if (!data.validation.positives.empty())
    known_of_validation_.emplace(data.dimension, data.documents, data.validation);
  std::iota(order_.begin(), order_.end(), std::uint32_t{0});
}

bool AdapterTrainer::Step(const Cancellation* cancellation) {
  if (over_) return false;
  if (step_ == 0 && known_of_validation_) Validate(cancellation);
  const std::size_t in_epoch = step_ % StepsPerEpoch();
  if (in_epoch == 0) StartEpoch();
  const std::size_t first = in_epoch * options_.batch_size;
  const std::size_t rows = std::min(options_.batch_size, order_.size() - first);
  const auto batch = MakeBatch(data_, known_, std::span<const std::uint32_t>(order_).subspan(first, rows));
  const double loss = LossAndGradient(parameters_, batch, options_.temperature, &gradient_);
  loss_sum_ += loss * static_cast<double>(rows);
  const double left = 1 - static_cast<double>(step_) / static_cast<double>(total_steps());
  optimizer_.Step(parameters_.values, gradient_, options_.learning_rate * left);
  ++step_;
  if (in_epoch + 1 == StepsPerEpoch()) EndEpoch(cancellation);
  return !over_;
}

// Fisher and Yates; std::shuffle may differ from one standard library to another.
void AdapterTrainer::StartEpoch() {
  for (std::size_t i = order_.size() - 1; i > 0; --i) std::swap(order_[i], order_[random_() % (i + 1)]);
  loss_sum_ = 0;
}

void AdapterTrainer::EndEpoch(const Cancellation* cancellation) {
  const double loss = loss_sum_ / static_cast<double>(order_.size());
  if (!std::isfinite(loss)) {
    Fail(ErrorCode::kInvalidArgument, "training diverged in epoch ", history_.losses.size() + 1,
         ": lower learningRate or raise temperature");
  }
  history_.losses.push_back(loss);
  if (known_of_validation_) {
    Validate(cancellation);
    over_ = history_.losses.size() - history_.best_epoch >= options_.patience;
  } else {
    history_.best_epoch = history_.losses.size();
  }
  over_ = over_ || step_ == total_steps();
}

void AdapterTrainer::Validate(const Cancellation* cancellation) {
  const double now = MeanReciprocalRank(parameters_, data_, *known_of_validation_, cancellation);
  const auto& before = history_.validation;
  if (before.empty() || now > before[history_.best_epoch]) {
    best_ = parameters_.values;
    history_.best_epoch = history_.losses.size();
  }
  history_.validation.push_back(now);
}

std::shared_ptr<LinearAdapter> AdapterTrainer::MakeAdapter(const std::string& model) const {
  const std::size_t d = data_.dimension;
  const std::vector<float>& chosen = best_.empty() ? parameters_.values : best_;
  const auto bias = chosen.begin() + static_cast<std::ptrdiff_t>(d * d);
  std::vector<float> weight(chosen.begin(), bias);
  for (std::size_t i = 0; i < d; ++i) weight[i * d + i] += 1;
  return std::make_shared<LinearAdapter>(d, std::move(weight), std::vector<float>(bias, chosen.end()), model);
}

}  // namespace densenode
