// Up to 65,536 sparse vectors inverted: for each term the vectors that have it, with its weights.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <unordered_map>
#include <vector>

#include "common/top_hits.h"

namespace densenode {

class Selection;

// Sparse vectors, row after row: row i has terms[offsets[i]] .. terms[offsets[i + 1] - 1] and their weights.
struct SparseRows {
  std::vector<std::int32_t> offsets;    // rows + 1; a copy, so that they stay as they were checked
  std::span<const std::int32_t> terms;  // ascending within a row, 0 or more
  std::span<const float> weights;       // finite, 0 or more

  std::size_t count() const { return offsets.empty() ? 0 : offsets.size() - 1; }
  std::span<const std::int32_t> TermsOf(std::size_t row) const {
    return terms.subspan(Begin(row), Size(row));
  }
  std::span<const float> WeightsOf(std::size_t row) const { return weights.subspan(Begin(row), Size(row)); }
  // Throws INVALID_ARGUMENT, with the row, where the rows begin .. end - 1 are not as it is said here.
  void Check(std::size_t begin, std::size_t end) const;

 private:
  std::size_t Begin(std::size_t row) const { return static_cast<std::size_t>(offsets[row]); }
  std::size_t Size(std::size_t row) const {
    return static_cast<std::size_t>(offsets[row + 1] - offsets[row]);
  }
};

class SparseSegment {
 public:
  static constexpr std::uint32_t kMostRows = 65536;

  struct Postings {
    std::vector<std::uint16_t> rows;  // ascending
    std::vector<float> weights;       // above 0
  };

  // Appends a vector; the segment must not be full.
  void Add(std::span<const std::int32_t> terms, std::span<const float> weights);
  // Forgets the vectors from `rows` on, also one that Add has left half done.
  void Truncate(std::uint32_t rows);
  // For a segment that is made term by term: what there is of a term, or one posting more behind those it
  // has; and the number of rows.
  void SetPostings(std::int32_t term, Postings postings) { lists_[term] = std::move(postings); }
  void Append(std::int32_t term, std::uint16_t row, float weight) {
    Postings& postings = lists_[term];
    postings.weights.push_back(weight);
    postings.rows.push_back(row);
  }
  void SetRows(std::uint32_t rows) { rows_ = rows; }

  // Offers the dot product of the query with each vector that has a term of it, under its number plus
  // `first`. `sums` must have kWindow values, all 0, and has them afterwards.
  void Search(std::span<const std::int32_t> terms, std::span<const float> weights, std::uint64_t first,
              const Selection* allowed, float* sums, TopHits* hits) const;
  static constexpr std::uint32_t kWindow = 4096;  // sums of 16 KiB stay in the first-level cache

  std::uint32_t rows() const { return rows_; }
  const std::unordered_map<std::int32_t, Postings>& lists() const { return lists_; }
  std::size_t memory_bytes() const;

 private:
  std::uint32_t rows_ = 0;
  std::unordered_map<std::int32_t, Postings> lists_;
};

}  // namespace densenode
