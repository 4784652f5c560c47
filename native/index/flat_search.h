// A search of a Flat index on the CPU, cut into ranges of vectors and groups of queries: all threads share
// the vectors of one query, and vectors are read once for hundreds of queries.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

#include "index/filter_selection.h"
#include "index/flat_scan.h"
#include "index/search_job.h"

namespace densenode {

class FlatSearch {
 public:
  // Whether all threads share the vectors of one query of this index, in most searches.
  static bool Suits(const VectorIndex& index);
  // What searches of a Flat index of so many vectors in memory keep beside them (scan_codes.h) on this CPU.
  static std::size_t CodeBytes(Metric metric, std::size_t dimension, std::size_t count);
  // Null for a search that VectorIndex::Search does as well: of another family, on a device, with a filter
  // but without codes, of few vectors.
  static std::shared_ptr<FlatSearch> Plan(std::shared_ptr<const VectorIndex> index,
                                          const SearchRequest& request);

  // Steps are independent of each other and safe from many threads at once.
  std::size_t steps() const { return groups_.size() * ranges_; }
  void Step(std::size_t step);

  // For the end: the index was changed between the steps, holds removed vectors, or its filter takes so few
  // that comparing these alone is less work: results are incomplete.
  bool failed() const { return failed_; }
  const SearchRequest& request() const { return request_; }

 private:
  // Queries that share every pass over the vectors.
  struct Group {
    std::mutex mutex;
    std::unique_ptr<float[]> normalized;
    std::unique_ptr<FlatScan> scan;  // once the first step has come to it
    Ranking best;                    // of the ranges so far
    std::size_t ranges_left = 0;
  };

  FlatSearch(std::shared_ptr<const VectorIndex> index, const SearchRequest& request, std::uint64_t version,
             std::size_t count);
  bool Select();
  void ScanRange(std::size_t group, const FlatRange& range);
  const FlatScan& Scan(std::size_t group, bool coded);
  void Take(std::size_t group, Ranking found);
  std::size_t rows(std::size_t group) const;

  const std::shared_ptr<const VectorIndex> index_;
  const SearchRequest request_;
  const std::uint64_t version_;
  const std::size_t count_, queries_;
  std::size_t group_rows_ = 0, range_vectors_ = 0, ranges_ = 0;
  bool coded_ = false;
  std::once_flag selected_;
  std::shared_ptr<const Selection> selection_;  // null: all
  std::vector<Group> groups_;
  std::atomic<bool> failed_{false};
};

}  // namespace densenode
