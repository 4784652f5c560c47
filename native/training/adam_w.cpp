#include "training/adam_w.h"

#include <cmath>

namespace densenode {

void AdamW::BeginStep(double learning_rate) {
  ++steps_;
  learning_rate_ = learning_rate;
}

void AdamW::Update(std::size_t first, std::span<float> parameters, std::span<const float> gradient) {
  const auto beta1 = static_cast<float>(options_.beta1);
  const auto beta2 = static_cast<float>(options_.beta2);
  const auto epsilon = static_cast<float>(options_.epsilon);
  const auto kept = static_cast<float>(1 - learning_rate_ * options_.weight_decay);
  // Both averages start at zero; these undo the pull towards it.
  const double correction1 = 1 - std::pow(options_.beta1, static_cast<double>(steps_));
  const double correction2 = 1 - std::pow(options_.beta2, static_cast<double>(steps_));
  const auto step = static_cast<float>(learning_rate_ / correction1);
  const auto root = static_cast<float>(1 / std::sqrt(correction2));
  float* mean = mean_.data() + first;
  float* square = square_.data() + first;
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    const float g = gradient[i];
    mean[i] += (1 - beta1) * (g - mean[i]);
    square[i] = beta2 * square[i] + (1 - beta2) * g * g;
    parameters[i] = kept * parameters[i] - step * mean[i] / (std::sqrt(square[i]) * root + epsilon);
  }
}

}  // namespace densenode
