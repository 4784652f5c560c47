// AdamW (Loshchilov and Hutter 2019, arXiv 1711.05101): Adam with weight decay apart from the gradient.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace densenode {

class AdamW {
 public:
  struct Options {
    double beta1 = 0.9;
    double beta2 = 0.999;
    double epsilon = 1e-8;
    double weight_decay = 0.01;  // the share of each parameter that a step at learning rate 1 takes away
  };
  AdamW(std::size_t parameters, const Options& options)
      : options_(options), mean_(parameters), square_(parameters) {}

  // Begins a step; Update must follow for every parameter once, in any parts and on any threads.
  void BeginStep(double learning_rate);
  // Updates parameters number `first` and on, by the gradient of the loss by them.
  void Update(std::size_t first, std::span<float> parameters, std::span<const float> gradient);

 private:
  Options options_;
  std::vector<float> mean_;    // of the gradient
  std::vector<float> square_;  // of its square
  std::size_t steps_ = 0;
  double learning_rate_ = 0;
};

}  // namespace densenode
