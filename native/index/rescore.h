// Candidates of a coarse search in a better order: by the dot product of the float query with what is known
// of the embedding more exactly.
#pragma once

#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "common/cancellation.h"
#include "index/quantize.h"

namespace densenode {

// sum of query[i] over the bits i that are set: the query times the embedding read as 0 and 1, as
// sentence-transformers rescores binary embeddings. With -1 and 1 in their place the order is the same.
double BitDot(const float* query, const std::uint8_t* code, std::size_t dimension, std::uint8_t offset);

struct RescoreRequest {
  std::span<const float> queries;  // rows of `dimension`
  std::size_t dimension = 0;
  // Rows of `embeddings` or -1, `candidates_per_query` for each query.
  std::span<const std::int64_t> candidates;
  std::size_t candidates_per_query = 0;
  // Float embeddings where `codes` is empty, else codes of `precision`; `ranges` (2 x dimension) for scalars.
  std::span<const float> embeddings;
  std::span<const std::uint8_t> codes;
  Precision precision = Precision::kUbinary;
  std::span<const float> ranges;
  std::size_t k = 0;
  std::int64_t* ids = nullptr;  // queries * k; rows with fewer candidates end with -1
  float* scores = nullptr;      // queries * k; -infinity where the id is -1
  std::shared_ptr<Cancellation> cancellation;
};

// Returns at once; done(error) is called once, on a pool thread. A candidate that is no row is
// INVALID_ARGUMENT.
void StartRescore(RescoreRequest request, std::function<void(std::exception_ptr)> done);

// Scores and what they belong to, best first; equal scores in the order in which they were added.
class RescoredHits {
 public:
  void Add(double score, std::int64_t id) { entries_.push_back({score, id}); }
  // Writes the best k and forgets all.
  void Take(std::size_t k, std::int64_t* ids, float* scores);

 private:
  struct Entry {
    double score;
    std::int64_t id;
  };
  std::vector<Entry> entries_;
};

}  // namespace densenode
