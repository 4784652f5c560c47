// The vectors that may be among the nearest of one query, by bounds of their scores.
#pragma once

#include <algorithm>
#include <cstddef>
#include <functional>
#include <limits>
#include <span>
#include <vector>

namespace densenode {

// A vector that may be among the nearest, and the most that its score can be.
struct Candidate {
  std::size_t position;
  float most;
};

// Larger scores are nearer. The k-th largest bound from below is a threshold: a vector whose bound from above
// misses it cannot be among the k nearest.
class Shortlist {
 public:
  void Start(std::size_t k, float threshold) {
    k_ = k;
    threshold_ = threshold;
    lower_.clear();
    candidates_.clear();
  }
  float threshold() const { return threshold_; }
  std::size_t size() const { return candidates_.size(); }

  // A vector whose score is `score`, but for `error`.
  void Add(std::size_t position, float score, float error) {
    constexpr float kInfinity = std::numeric_limits<float>::infinity();
    candidates_.push_back({position, score + error});
    const float least = error < kInfinity ? score - error : -kInfinity;  // where the score may be NaN
    if (lower_.size() < k_) {
      lower_.push_back(least);
      std::push_heap(lower_.begin(), lower_.end(), std::greater<>());
    } else if (least > lower_.front()) {
      std::pop_heap(lower_.begin(), lower_.end(), std::greater<>());
      lower_.back() = least;
      std::push_heap(lower_.begin(), lower_.end(), std::greater<>());
    }
    if (lower_.size() == k_) threshold_ = std::max(threshold_, lower_.front());
    if (candidates_.size() == most_) Drop();
  }

  // Those that `threshold` allows.
  std::span<const Candidate> Left(float threshold) {
    threshold_ = std::max(threshold_, threshold);
    Drop();
    return candidates_;
  }

 private:
  void Drop() {
    std::erase_if(candidates_, [this](const Candidate& each) { return each.most < threshold_; });
    most_ = std::max<std::size_t>(2 * candidates_.size(), 256);
  }

  std::size_t k_ = 0;
  float threshold_ = -std::numeric_limits<float>::infinity();
  std::size_t most_ = 256;
  std::vector<float> lower_;  // a heap: the k largest bounds from below, the least of them first
  std::vector<Candidate> candidates_;
};

}  // namespace densenode
