// Sparse vectors, such as those of SPLADE, found by their dot product with a sparse query: exactly, by an
// inverted index.
#pragma once

#include <cstddef>
#include <cstdint>
#include <exception>
#include <filesystem>
#include <functional>
#include <memory>
#include <shared_mutex>
#include <span>
#include <vector>

#include "common/cancellation.h"
#include "common/filter.h"
#include "common/strand.h"
#include "index/id_map.h"
#include "index/sparse_segment.h"

namespace densenode {

// All methods are safe to call from many threads at once. They block; the caller (binding, jobs) runs them on
// Executor, changes through changes().
class SparseIndex {
 public:
  static constexpr std::size_t kMostResults = std::size_t{1} << 24;

  static std::shared_ptr<SparseIndex> Create() { return std::shared_ptr<SparseIndex>(new SparseIndex); }
  // A file written by Save. Throws FILE_CORRUPT, and as MappedFile::Open.
  static std::shared_ptr<SparseIndex> Open(const std::filesystem::path& path);
  // Written beside `path`, synced, then renamed over it.
  void Save(const std::filesystem::path& path) const;

  // All or none. `ids`: one a row, or empty: the next free ones. Throws INVALID_ARGUMENT as SparseRows::Check
  // and IdMap::Prepare.
  void Add(const SparseRows& rows, std::span<const std::int64_t> ids);
  // Returns how many of the ids were there. Their memory comes back when most of the vectors are removed.
  std::size_t Remove(std::span<const std::int64_t> ids);

  const std::shared_ptr<Strand>& changes() const { return changes_; }

  // Of the rows begin .. end - 1 of `queries`: fills ids and scores, k for each; rows with fewer end with id
  // -1 and score -infinity. Vectors without a term of the query are not found. Equal scores stand in the
  // order of adding. Throws INVALID_ARGUMENT as SparseRows::Check.
  void Search(const SparseRows& queries, std::size_t begin, std::size_t end, std::size_t k,
              const Filter* filter, const Cancellation* cancellation, std::int64_t* ids, float* scores) const;

  std::size_t count() const;
  std::int64_t next_id() const;
  std::size_t memory_bytes() const;

 private:
  SparseIndex() : ids_(std::make_unique<IdMap>()) {}
  void Compact();

  const std::shared_ptr<Strand> changes_ = std::make_shared<Strand>();
  mutable std::shared_mutex mutex_;      // guards what follows
  std::vector<SparseSegment> segments_;  // all full but the last: position / kMostRows is the segment
  std::unique_ptr<IdMap> ids_;
  std::uint64_t version_ = 0;  // another one after each change
};

struct SparseSearchRequest {
  SparseRows queries;
  std::size_t k = 0;
  std::shared_ptr<const Filter> filter;  // may be null
  std::int64_t* ids = nullptr;           // queries * k
  float* scores = nullptr;               // queries * k
  std::shared_ptr<Cancellation> cancellation;
};

// Returns at once; done(error) is called once, on a pool thread.
void StartSparseSearch(std::shared_ptr<const SparseIndex> index, SparseSearchRequest request,
                       std::function<void(std::exception_ptr)> done);

}  // namespace densenode
