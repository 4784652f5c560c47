#include "training/adam_w.h"

#include <cmath>

namespace densenode {

void AdamW::Step(std::span<float> parameters, std::span<const float> gradient, double learning_rate) {
  ++steps_;
  const auto beta1 = static_cast<float>(options_.beta1);
  const auto beta2 = static_cast<float>(options_.beta2);
  const auto epsilon = static_cast<float>(options_.epsilon);
  const auto kept = static_cast<float>(1 - learning_rate * options_.weight_decay);
  // Both averages start at zero; these undo the pull towards it.
  const double correction1 = 1 - std::pow(options_.beta1, static_cast<double>(steps_));
  const double correction2 = 1 - std::pow(options_.beta2, static_cast<double>(steps_));
  const auto step = static_cast<float>(learning_rate / correction1);
  const auto root = static_cast<float>(1 / std::sqrt(correction2));
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    const float g = gradient[i];
    mean_[i] += (1 - beta1) * (g - mean_[i]);
    square_[i] = beta2 * square_[i] + (1 - beta2) * g * g;
    parameters[i] = kept * parameters[i] - step * mean_[i] / (std::sqrt(square_[i]) * root + epsilon);
  }
}

}  // namespace densenode
