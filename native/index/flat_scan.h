// Some queries against the vectors of a Flat index, one range of them at a time: each range is read from
// memory once for all queries.
#pragma once

#include <faiss/MetricType.h>

#include <cstddef>
#include <memory>

#include "index/ranking.h"

namespace densenode {

class FlatScan {
 public:
  virtual ~FlatScan() = default;
  // The ranking->k <= count nearest of the `count` vectors from `vectors` on, row major; labels are positions
  // among them. May leave out what cannot be among the k nearest of all ranges that this object has seen:
  // label -1, with the worst score. Scores are FAISS's. Safe from many threads at once.
  virtual void Nearest(const float* vectors, std::size_t count, Ranking* ranking) const = 0;
};

// The fastest for these queries on this CPU, for the k nearest of all ranges. `queries`, rows x dimension,
// must live as long as the scan.
std::unique_ptr<FlatScan> MakeFlatScan(faiss::MetricType metric, std::size_t dimension, std::size_t rows,
                                       const float* queries, std::size_t k);
// By FAISS, in fp32.
std::unique_ptr<FlatScan> MakeFloatScan(faiss::MetricType metric, std::size_t dimension, std::size_t rows,
                                        const float* queries);

}  // namespace densenode
