// Some queries against the vectors of a Flat index, one range of them at a time: each range is read from
// memory once for all queries.
#pragma once

#include <faiss/MetricType.h>
#include <faiss/impl/IDSelector.h>

#include <cstddef>
#include <memory>

#include "index/ranking.h"
#include "index/scan_codes.h"

namespace densenode {

struct FlatRange {
  const float* vectors;  // count x dimension, row major
  std::size_t count;
  // Of all vectors of the index, of which these start at `first`, a multiple of ScanCodes::kChunk; may be
  // null.
  ScanCodes* codes = nullptr;
  std::size_t first = 0;
  const faiss::IDSelector* selector = nullptr;  // asked by position in the index; null: all
};

class FlatScan {
 public:
  virtual ~FlatScan() = default;
  // The ranking->k <= range.count nearest of the range that its selector takes, or all where there are fewer:
  // ranking->k says how many then. Labels are positions in the range. May leave out what cannot be among the
  // k nearest of all ranges that this object has seen: label -1, with the worst score. Scores are FAISS's.
  // Safe from many threads at once.
  virtual void Nearest(const FlatRange& range, Ranking* ranking) const = 0;
};

// Whether searches of such vectors on this CPU read ScanCodes.
bool UsesScanCodes(faiss::MetricType metric, std::size_t dimension);
// What the codes of `count` of them take.
std::size_t ScanCodeBytes(faiss::MetricType metric, std::size_t dimension, std::size_t count);

// The fastest for these queries on this CPU, for the k nearest of all ranges. `queries`, rows x dimension,
// must live as long as the scan. `coded`: UsesScanCodes, and all ranges will have codes.
std::unique_ptr<FlatScan> MakeFlatScan(faiss::MetricType metric, std::size_t dimension, std::size_t rows,
                                       const float* queries, std::size_t k, bool coded);
// By FAISS, in fp32.
std::unique_ptr<FlatScan> MakeFloatScan(faiss::MetricType metric, std::size_t dimension, std::size_t rows,
                                        const float* queries);

}  // namespace densenode
