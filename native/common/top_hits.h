// The k best documents of one query.
#pragma once

#include <algorithm>
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

// Documents may be offered in any order, each once.
class TopHits {
 public:
  explicit TopHits(std::size_t k) : k_(k) {}

  std::size_t k() const { return k_; }
  bool full() const { return heap_.size() == k_; }
  // Documents with less are not among them.
  float threshold() const { return threshold_; }
  // k documents at least, which will be offered, have `score` or more.
  void Expect(float score) { threshold_ = std::max(threshold_, score); }

  void Offer(float score, std::uint64_t position) {
    if (!(score >= threshold_ && score > 0)) return;
    const ScoredDocument offered{score, position};
    if (full()) {
      if (!(offered < heap_.front())) return;
      std::pop_heap(heap_.begin(), heap_.end());
      heap_.back() = offered;
    } else {
      heap_.push_back(offered);
    }
    std::push_heap(heap_.begin(), heap_.end());
    if (full()) threshold_ = std::max(threshold_, heap_.front().score);
  }

  // Best first.
  const std::vector<ScoredDocument>& Sorted() {
    std::sort_heap(heap_.begin(), heap_.end());
    return heap_;
  }

  // Writes a row of k results, best first, for ids and scores by position and score; what is missing gets id
  // -1 and the score `worst`.
  template <typename IdOf, typename ScoreOf>
  void Write(IdOf id_of, ScoreOf score_of, float worst, std::int64_t* ids, float* scores) {
    std::size_t rank = 0;
    for (const auto& [score, position] : Sorted()) {
      ids[rank] = id_of(position);
      scores[rank++] = score_of(score);
    }
    std::fill(ids + rank, ids + k_, -1);
    std::fill(scores + rank, scores + k_, worst);
  }

 private:
  std::size_t k_;
  float threshold_ = 0;
  std::vector<ScoredDocument> heap_;  // the worst first
};

}  // namespace densenode
