// Data and oracles shared by the index tests.
#pragma once

#include <faiss/Index.h>
#include <faiss/IndexHNSW.h>
#include <faiss/IndexIVFPQ.h>
#include <faiss/IndexPQ.h>
#include <faiss/IndexPreTransform.h>
#include <faiss/IndexRefine.h>
#include <faiss/index_factory.h>
#include <gtest/gtest.h>
#include <omp.h>

#include <algorithm>
#include <cctype>
#include <cmath>
#include <cstdint>
#include <exception>
#include <future>
#include <limits>
#include <memory>
#include <numeric>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "../test_support.h"
#include "common/blas_threads.h"
#include "common/cancellation.h"
#include "index/make_index.h"
#include "index/search_job.h"
#include "index/vector_index.h"

namespace densenode::test {

// One thread for FAISS and BLAS, so that k-means and graphs come out the same twice.
inline const bool kOneThread = [] {
  omp_set_num_threads(1);
  SetBlasThreads(1);
  return true;
}();

// Points around 50 centres: families that cluster have something to find.
inline std::vector<float> Clustered(std::size_t n, std::size_t dimension, unsigned seed) {
  std::mt19937 random(seed), centre_random(99);
  std::normal_distribution<float> normal;
  std::vector<float> centres(50 * dimension), points(n * dimension);
  for (float& value : centres) value = normal(centre_random);
  for (std::size_t i = 0; i < n; ++i) {
    const std::size_t centre = random() % 50;
    for (std::size_t j = 0; j < dimension; ++j) {
      points[i * dimension + j] = centres[centre * dimension + j] + 0.4f * normal(random);
    }
  }
  return points;
}

struct Result {
  std::vector<std::int64_t> ids;
  std::vector<float> scores;
};

inline Result Search(const VectorIndex& index, const std::vector<float>& queries, std::size_t k,
                     const VectorIndex::SearchParameters& parameters = {}) {
  const std::size_t n = queries.size() / index.dimension();
  Result result{std::vector<std::int64_t>(n * k, -7), std::vector<float>(n * k, -7)};
  index.Search(queries, k, parameters, result.ids.data(), result.scores.data());
  return result;
}

// FAISS used directly on the same data: the oracle.
inline std::unique_ptr<faiss::Index> Oracle(const std::string& factory, std::size_t dimension, Metric metric,
                                            const std::vector<float>& vectors, bool polysemous = false) {
  std::unique_ptr<faiss::Index> index(
      faiss::index_factory(static_cast<int>(dimension), factory.c_str(), FaissMetric(metric)));
  // Minutes of training for an order of the centroids that this search does not use.
  // VectorIndex.LeavingOutPolysemous... in vector_index_test.cpp shows that it changes no result.
  faiss::Index* base = index.get();
  if (auto* refine = dynamic_cast<faiss::IndexRefine*>(base)) base = refine->base_index;
  if (auto* transform = dynamic_cast<faiss::IndexPreTransform*>(base)) base = transform->index;
  if (auto* hnsw = dynamic_cast<faiss::IndexHNSW*>(base)) base = hnsw->storage;
  if (auto* pq = dynamic_cast<faiss::IndexPQ*>(base)) pq->do_polysemous_training = polysemous;
  if (auto* pq = dynamic_cast<faiss::IndexIVFPQ*>(base)) pq->do_polysemous_training = polysemous;
  const auto n = static_cast<faiss::idx_t>(vectors.size() / dimension);
  index->train(n, vectors.data());
  index->add(n, vectors.data());
  return index;
}

inline Result Search(const faiss::Index& index, const std::vector<float>& queries, std::size_t k,
                     const faiss::SearchParameters* parameters = nullptr) {
  const std::size_t n = queries.size() / static_cast<std::size_t>(index.d);
  Result result{std::vector<std::int64_t>(n * k), std::vector<float>(n * k)};
  index.search(static_cast<faiss::idx_t>(n), queries.data(), static_cast<faiss::idx_t>(k),
               result.scores.data(), result.ids.data(), parameters);
  // densenode pads with infinity, FAISS with the largest float.
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  for (std::size_t i = 0; i < n * k; ++i) {
    if (result.ids[i] < 0) {
      result.scores[i] = faiss::is_similarity_metric(index.metric_type) ? -kInfinity : kInfinity;
    }
  }
  return result;
}

// Equal scores, and equal ids except where neighbours in the row (or what would follow it) score the same.
inline void ExpectSame(const Result& actual, const Result& expected, float tolerance = 1e-4f,
                       std::size_t k = 10) {
  ASSERT_EQ(actual.ids.size(), expected.ids.size());
  const auto tied = [&](std::size_t i, std::size_t j) {
    return std::fabs(expected.scores[i] - expected.scores[j]) <=
           tolerance * (1 + std::fabs(expected.scores[i]));
  };
  for (std::size_t i = 0; i < actual.ids.size(); ++i) {
    if (actual.scores[i] == expected.scores[i] && actual.ids[i] == expected.ids[i]) continue;
    ASSERT_NEAR(actual.scores[i], expected.scores[i], tolerance * (1 + std::fabs(expected.scores[i])))
        << "at " << i;
    if (actual.ids[i] == expected.ids[i]) continue;
    const std::size_t last = i / k * k + k - 1;
    EXPECT_TRUE(tied(i, last) || (i % k > 0 && tied(i, i - 1)) || tied(i, i + 1)) << "id at " << i;
  }
}

// Every score by its definition, in double.
inline Result BruteForce(const std::vector<float>& vectors, const std::vector<float>& queries,
                         std::size_t dimension, Metric metric, std::size_t k) {
  const std::size_t n = vectors.size() / dimension, m = queries.size() / dimension;
  const bool larger_is_nearer = metric == Metric::kInnerProduct || metric == Metric::kCosine;
  Result result;
  for (std::size_t q = 0; q < m; ++q) {
    std::vector<double> scores(n);
    for (std::size_t i = 0; i < n; ++i) {
      double dot = 0, l2 = 0, l1 = 0, a = 0, b = 0;
      for (std::size_t j = 0; j < dimension; ++j) {
        const double x = queries[q * dimension + j], y = vectors[i * dimension + j];
        dot += x * y, l2 += (x - y) * (x - y), l1 += std::fabs(x - y), a += x * x, b += y * y;
      }
      scores[i] = metric == Metric::kInnerProduct ? dot
                  : metric == Metric::kL2         ? l2
                  : metric == Metric::kL1         ? l1
                                                  : dot / std::sqrt(a * b);
    }
    std::vector<std::int64_t> order(n);
    std::iota(order.begin(), order.end(), 0);
    std::sort(order.begin(), order.end(), [&](auto x, auto y) {
      return larger_is_nearer ? scores[x] > scores[y] : scores[x] < scores[y];
    });
    for (std::size_t i = 0; i < k; ++i) {
      result.ids.push_back(order[i]);
      result.scores.push_back(static_cast<float>(scores[order[i]]));
    }
  }
  return result;
}

inline std::shared_ptr<VectorIndex> Built(const std::string& factory, std::size_t dimension, Metric metric,
                                          const std::vector<float>& vectors,
                                          const std::vector<std::int64_t>& ids = {}) {
  auto index = VectorIndex::Create({dimension, metric, factory});
  index->Train(vectors);
  index->Add(vectors, ids);
  return index;
}

// Ids in no order: first, first + step, ...
inline std::vector<std::int64_t> ShuffledIds(std::size_t n, std::int64_t step, std::int64_t first = 5) {
  std::vector<std::int64_t> ids(n);
  for (std::size_t i = 0; i < n; ++i) ids[i] = static_cast<std::int64_t>(i) * step + first;
  std::shuffle(ids.begin(), ids.end(), std::mt19937(3));
  return ids;
}

inline std::vector<float> Row(const VectorIndex& index, std::int64_t id) {
  std::vector<float> row(index.dimension());
  index.Reconstruct(id, row.data());
  return row;
}

// A search job, from its start to its end.
inline std::exception_ptr RunSearch(const std::shared_ptr<VectorIndex>& index,
                                    const std::vector<float>& queries, std::size_t k, Result* found,
                                    std::shared_ptr<Cancellation> cancellation = nullptr) {
  SearchRequest request;
  request.queries = queries;
  request.k = k;
  request.ids = found->ids.data();
  request.scores = found->scores.data();
  request.cancellation = std::move(cancellation);
  std::promise<std::exception_ptr> ended;
  StartSearch(index, request, [&](std::exception_ptr error) { ended.set_value(error); });
  return ended.get_future().get();
}

// Of a parameterized test.
inline std::string FamilyName(const std::string& factory, Metric metric) {
  std::string name = factory + "_" + MetricName(metric);
  std::replace_if(
      name.begin(), name.end(), [](char c) { return !std::isalnum(c); }, '_');
  return name;
}

}  // namespace densenode::test
