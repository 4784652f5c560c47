// The best vectors so far of each of some queries, and how the rankings of two parts become one.
#pragma once

#include <faiss/MetricType.h>

#include <cstddef>
#include <cstdint>
#include <vector>

namespace densenode {

struct Ranking {
  std::size_t k = 0;                 // of each row, best first
  std::vector<std::int64_t> labels;  // rows x k; -1 where a score is NaN
  std::vector<float> scores;

  void Resize(std::size_t rows, std::size_t size) {
    k = size;
    labels.resize(rows * size);
    scores.resize(rows * size);
  }
};

// Takes the best k of `best`, without results at first, and `next` into `best`; of equal scores the smaller
// label. What `next` holds afterwards is undefined.
void MergeInto(Ranking* best, Ranking* next, std::size_t rows, std::size_t k, bool larger_is_nearer);

// The nearest of `count` vectors, row major, by FAISS; labels are positions among them. ranking->k <= count
// is set.
void RankVectors(faiss::MetricType metric, std::size_t dimension, std::size_t rows, const float* queries,
                 std::size_t count, const float* vectors, Ranking* ranking);

}  // namespace densenode
