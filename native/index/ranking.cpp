#include "index/ranking.h"

#include <faiss/utils/distances.h>
#include <faiss/utils/extra_distances.h>

#include <algorithm>
#include <utility>

namespace densenode {
namespace {

bool Precedes(const Ranking& a, std::size_t i, const Ranking& b, std::size_t j, bool larger_is_nearer) {
  if (a.scores[i] == b.scores[j]) return a.labels[i] <= b.labels[j];
  return larger_is_nearer ? a.scores[i] > b.scores[j] : a.scores[i] < b.scores[j];
}

// The best most->k <= a.k + b.k of both, for every row.
void Merge(const Ranking& a, const Ranking& b, std::size_t rows, bool larger_is_nearer, Ranking* most) {
  for (std::size_t row = 0; row < rows; ++row) {
    std::size_t i = row * a.k, j = row * b.k;
    const std::size_t a_end = i + a.k, b_end = j + b.k;
    for (std::size_t out = row * most->k; out < (row + 1) * most->k; ++out) {
      const bool from_a = j == b_end || (i < a_end && Precedes(a, i, b, j, larger_is_nearer));
      const Ranking& from = from_a ? a : b;
      const std::size_t at = from_a ? i++ : j++;
      most->labels[out] = from.labels[at];
      most->scores[out] = from.scores[at];
    }
  }
}

}  // namespace

void MergeInto(Ranking* best, Ranking* next, std::size_t rows, std::size_t k, bool larger_is_nearer) {
  if (best->k == 0) return std::swap(*best, *next);
  Ranking merged;
  merged.Resize(rows, std::min(k, best->k + next->k));
  Merge(*best, *next, rows, larger_is_nearer, &merged);
  std::swap(*best, merged);
}

void RankVectors(faiss::MetricType metric, std::size_t dimension, std::size_t rows, const float* queries,
                 std::size_t count, const float* vectors, Ranking* ranking) {
  const std::size_t k = ranking->k;
  std::int64_t* const labels = ranking->labels.data();
  float* const scores = ranking->scores.data();
  switch (metric) {
    case faiss::METRIC_INNER_PRODUCT:
      return faiss::knn_inner_product(queries, vectors, dimension, rows, count, k, scores, labels);
    case faiss::METRIC_L2:
      return faiss::knn_L2sqr(queries, vectors, dimension, rows, count, k, scores, labels);
    default:
      faiss::knn_extra_metrics(queries, vectors, dimension, rows, count, metric, 0, k, scores, labels);
  }
}

}  // namespace densenode
