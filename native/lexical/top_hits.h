// The k best documents of one query.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace densenode {

struct ScoredDocument {
  float score;
  std::uint64_t position;  // in the order of adding
  // Equal scores stand in the order of adding.
  bool operator<(const ScoredDocument& other) const {
    return score != other.score ? score > other.score : position < other.position;
  }
};

// Documents must be offered in ascending order of position.
class TopHits {
 public:
  explicit TopHits(std::size_t k) : k_(k) {}

  // What a document must exceed to be among them.
  float threshold() const { return threshold_; }
  std::size_t k() const { return k_; }
  bool full() const { return heap_.size() == k_; }
  // k documents at least, which will be offered, have `score` or more.
  void Expect(float score) { threshold_ = std::max(threshold_, std::nextafter(score, 0.0f)); }

  void Offer(float score, std::uint64_t position) {
    if (!(score > threshold_)) return;
    if (heap_.size() == k_) {
      std::pop_heap(heap_.begin(), heap_.end());
      heap_.back() = {score, position};
    } else {
      heap_.push_back({score, position});
    }
    std::push_heap(heap_.begin(), heap_.end());
    if (heap_.size() == k_) threshold_ = heap_.front().score;
  }

  // Best first.
  const std::vector<ScoredDocument>& Sorted() {
    std::sort_heap(heap_.begin(), heap_.end());
    return heap_;
  }

 private:
  std::size_t k_;
  float threshold_ = 0;
  std::vector<ScoredDocument> heap_;  // the worst first
};

}  // namespace densenode
