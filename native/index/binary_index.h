// Embeddings of one bit a value, found exactly by Hamming distance, and put in a better order by the float
// query.
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

namespace densenode {

// Float embeddings, of which the signs are taken, or codes of (dimension + 7) / 8 bytes as quantize.h has
// them: one of the two is set.
struct BinaryRows {
  std::span<const float> floats;
  std::span<const std::uint8_t> codes;
  std::uint8_t offset = 0;  // CodeOffset of the codes
};

// All methods are safe to call from many threads at once. They block; the caller (binding, jobs) runs them on
// Executor, changes through changes().
class BinaryIndex {
 public:
  static constexpr std::size_t kMostDimension = 65536;
  static constexpr std::size_t kMostResults = std::size_t{1} << 24;

  // Throws INVALID_ARGUMENT for a dimension that is not from 1 to kMostDimension.
  static std::shared_ptr<BinaryIndex> Create(std::size_t dimension);
  // A file written by Save. Throws FILE_CORRUPT, and as MappedFile::Open.
  static std::shared_ptr<BinaryIndex> Open(const std::filesystem::path& path);
  // Written beside `path`, synced, then renamed over it.
  void Save(const std::filesystem::path& path) const;

  // All or none. `ids`: one a row, or empty: the next free ones. Throws INVALID_ARGUMENT for NaN, for a
  // number of values that is no whole number of rows, and as IdMap::Prepare.
  void Add(const BinaryRows& rows, std::span<const std::int64_t> ids);
  // Returns how many of the ids were there.
  std::size_t Remove(std::span<const std::int64_t> ids);

  const std::shared_ptr<Strand>& changes() const { return changes_; }

  struct SearchSettings {
    std::size_t k = 0;
    // Float queries only: so many of the nearest, at least k, are scored by BitDot, and the best k of them
    // kept. 0: the k nearest, with their Hamming distances for scores.
    std::size_t candidates = 0;
    const Filter* filter = nullptr;
    const Cancellation* cancellation = nullptr;
  };
  // Of the rows begin .. end - 1 of `queries`: fills ids and scores, k for each. Rows with fewer end with id
  // -1 and the score -infinity (rescored) or infinity.
  void Search(const BinaryRows& queries, std::size_t begin, std::size_t end, const SearchSettings& settings,
              std::int64_t* ids, float* scores) const;

  std::size_t dimension() const { return dimension_; }
  std::size_t code_size() const { return (dimension_ + 7) / 8; }
  std::size_t CountRows(const BinaryRows& rows) const;  // throws INVALID_ARGUMENT
  std::size_t count() const;
  std::int64_t next_id() const;
  std::size_t memory_bytes() const;

 private:
  explicit BinaryIndex(std::size_t dimension);
  std::int64_t IdAt(std::uint64_t position) const { return ids_->IdAt(static_cast<std::int64_t>(position)); }
  std::vector<std::uint64_t> Pack(const BinaryRows& rows, std::size_t begin, std::size_t end) const;

  const std::size_t dimension_;
  const std::size_t words_;  // of one code: 64 bits each, the last one filled with zeros
  const std::shared_ptr<Strand> changes_ = std::make_shared<Strand>();
  mutable std::shared_mutex mutex_;  // guards what follows
  std::vector<std::uint64_t> codes_;
  std::unique_ptr<IdMap> ids_;
  std::uint64_t version_ = 0;  // another one after each change
};

struct BinarySearchRequest {
  BinaryRows queries;
  std::size_t k = 0;
  std::size_t candidates = 0;
  std::shared_ptr<const Filter> filter;  // may be null
  std::int64_t* ids = nullptr;           // queries * k
  float* scores = nullptr;               // queries * k
  std::shared_ptr<Cancellation> cancellation;
};

// Returns at once; done(error) is called once, on a pool thread.
void StartBinarySearch(std::shared_ptr<const BinaryIndex> index, BinarySearchRequest request,
                       std::function<void(std::exception_ptr)> done);

}  // namespace densenode
