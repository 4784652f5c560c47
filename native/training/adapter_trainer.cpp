#include "training/adapter_trainer.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <span>
#include <utility>

#include "common/error.h"

namespace densenode {
namespace {

// A batch is cut into parts of this many queries, or into the most parts: each has a gradient of its own.
constexpr std::size_t kQueriesPerPart = 64;
constexpr std::size_t kMostParts = 16;
constexpr std::size_t kParametersPerPart = 32'768;

std::size_t Parts(std::size_t count, std::size_t size) { return (count + size - 1) / size; }

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
      order_(data.training.positives.size()) {
  if (!data.validation.positives.empty())
    known_of_validation_.emplace(data.dimension, data.documents, data.validation);
  std::iota(order_.begin(), order_.end(), std::uint32_t{0});
}

std::optional<TrainingPhase> AdapterTrainer::Next() {
  switch (stage_) {
    case Stage::kStart:
      return known_of_validation_ ? Validation() : Gradients();
    case Stage::kGradients:
      return Update();
    case Stage::kUpdate:
      EndStep();
      if (step_ % StepsPerEpoch() == 0 && known_of_validation_) return Validation();
      break;
    case Stage::kValidation:
      EndValidation();
      if (history_.losses.size() - history_.best_epoch >= options_.patience) stage_ = Stage::kOver;
      break;
    case Stage::kOver:
      break;
  }
  if (stage_ != Stage::kOver && step_ < TotalSteps()) return Gradients();
  stage_ = Stage::kOver;
  return std::nullopt;
}

TrainingPhase AdapterTrainer::Gradients() {
  stage_ = Stage::kGradients;
  const std::size_t in_epoch = step_ % StepsPerEpoch();
  if (in_epoch == 0) {
    // Fisher and Yates; std::shuffle may differ from one standard library to another.
    for (std::size_t i = queries() - 1; i > 0; --i) std::swap(order_[i], order_[random_() % (i + 1)]);
  }
  const std::size_t first = in_epoch * options_.batch_size;
  const std::size_t rows = std::min(options_.batch_size, queries() - first);
  batch_ = MakeBatch(data_, known_, std::span<const std::uint32_t>(order_).subspan(first, rows));
  const std::size_t part = std::max(kQueriesPerPart, Parts(rows, kMostParts));
  const std::size_t parts = Parts(rows, part);
  gradients_.resize(parts);
  losses_.resize(parts);
  for (auto& gradient : gradients_) gradient.resize(parameters_.values.size());
  return {parts, [this, part](std::size_t i) {
            const std::size_t count = std::min(part, batch_.rows - i * part);
            losses_[i] =
                LossAndGradient(parameters_, batch_, i * part, count, options_.temperature, gradients_[i]);
          }};
}

TrainingPhase AdapterTrainer::Update() {
  stage_ = Stage::kUpdate;
  const double left = 1 - static_cast<double>(step_) / static_cast<double>(TotalSteps());
  optimizer_.BeginStep(options_.learning_rate * left);
  return {Parts(parameters_.values.size(), kParametersPerPart), [this](std::size_t i) {
            const std::size_t first = i * kParametersPerPart;
            const std::size_t count = std::min(kParametersPerPart, parameters_.values.size() - first);
            const auto gradient = std::span(gradients_[0]).subspan(first, count);
            for (std::size_t part = 1; part < gradients_.size(); ++part)
              for (std::size_t k = 0; k < count; ++k) gradient[k] += gradients_[part][first + k];
            optimizer_.Update(first, std::span(parameters_.values).subspan(first, count), gradient);
          }};
}

void AdapterTrainer::EndStep() {
  loss_sum_ += std::accumulate(losses_.begin(), losses_.end(), 0.0) * static_cast<double>(batch_.rows);
  ++step_;
  if (step_ % StepsPerEpoch() != 0) return;
  const double loss = std::exchange(loss_sum_, 0) / static_cast<double>(queries());
  if (!std::isfinite(loss)) {
    Fail(ErrorCode::kInvalidArgument, "training diverged in epoch ", history_.losses.size() + 1,
         ": lower learningRate or raise temperature");
  }
  history_.losses.push_back(loss);
  if (!known_of_validation_) history_.best_epoch = history_.losses.size();
}

TrainingPhase AdapterTrainer::Validation() {
  stage_ = Stage::kValidation;
  rank_.emplace(data_, *known_of_validation_, parameters_);
  return {rank_->blocks(), [this](std::size_t block) { rank_->Compare(block); }};
}

void AdapterTrainer::EndValidation() {
  const double now = rank_->Mean();
  rank_.reset();
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
