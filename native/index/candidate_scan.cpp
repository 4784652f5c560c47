#include "index/candidate_scan.h"

#include <faiss/utils/distances.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

namespace densenode {
namespace {

constexpr float kInfinity = std::numeric_limits<float>::infinity();
constexpr std::size_t kMostResults = 1024;

}  // namespace

bool CandidateScanFits(faiss::MetricType metric, std::size_t dimension, std::size_t rows,
                       const float* queries, std::size_t k) {
  if (k > kMostResults) return false;
  if (metric != faiss::METRIC_INNER_PRODUCT && metric != faiss::METRIC_L2) return false;
  for (std::size_t i = 0; i < rows; ++i) {
    const float square = faiss::fvec_norm_L2sqr(queries + i * dimension, dimension);
    if (!HasPlainNorm(std::sqrt(square))) return false;
  }
  return true;
}

CandidateScan::CandidateScan(faiss::MetricType metric, std::size_t dimension, std::size_t rows,
                             const float* queries, std::size_t k)
    : metric_(metric),
      inner_product_(metric == faiss::METRIC_INNER_PRODUCT),
      dimension_(dimension),
      rows_(rows),
      queries_(queries),
      k_(k),
      thresholds_(rows) {
  for (std::atomic<float>& threshold : thresholds_) threshold = -kInfinity;
}

void CandidateScan::Nearest(const FlatRange& range, Ranking* ranking) const {
  if (refused_ || (range.selector && !selects())) return exact().Nearest(range, ranking);
  std::vector<Shortlist> shortlists(rows_);
  for (std::size_t i = 0; i < rows_; ++i) shortlists[i].Start(k_, thresholds_[i]);
  if (!Scan(range, shortlists)) {
    refused_ = true;
    return exact().Nearest(range, ranking);
  }
  std::vector<std::pair<float, std::int64_t>> scored;
  const std::size_t k = ranking->k;
  ranking->Resize(rows_, k);
  for (std::size_t i = 0; i < rows_; ++i) {
    const float threshold = Publish(i, shortlists[i].threshold());
    scored.clear();
    for (const Candidate& each : shortlists[i].Left(threshold)) {
      const float score = Score(queries_ + i * dimension_, range.vectors + each.position * dimension_);
      // Smaller is better from here on. NaN (a hostile file) is no result.
      if (!std::isnan(score)) scored.emplace_back(inner_product_ ? -score : score, each.position);
    }
    const std::size_t found = std::min(k, scored.size());
    std::partial_sort(scored.begin(), scored.begin() + static_cast<std::ptrdiff_t>(found), scored.end());
    for (std::size_t j = 0; j < k; ++j) {
      const bool has = j < found;
      const float worst = inner_product_ ? -kInfinity : kInfinity;
      ranking->labels[i * k + j] = has ? scored[j].second : -1;
      ranking->scores[i * k + j] = !has ? worst : inner_product_ ? -scored[j].first : scored[j].first;
    }
  }
}

float CandidateScan::Score(const float* query, const float* vector) const {
  return inner_product_ ? faiss::fvec_inner_product(query, vector, dimension_)
                        : faiss::fvec_L2sqr(query, vector, dimension_);
}

// Tells other ranges of a threshold, and gives the best that any of them told.
float CandidateScan::Publish(std::size_t query, float threshold) const {
  float best = thresholds_[query];
  while (best < threshold && !thresholds_[query].compare_exchange_weak(best, threshold)) {
  }
  return std::max(best, threshold);
}

const FlatScan& CandidateScan::exact() const {
  std::call_once(exact_made_, [this] { exact_ = Exact(); });
  return *exact_;
}

}  // namespace densenode
