// Frozen embeddings and what belongs together among them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace densenode {

// Query i belongs to document positives[i]; a query with several positives stands there once for each.
struct QueryPairs {
  std::span<const float> queries;           // n x dimension
  std::span<const std::int64_t> positives;  // n rows of the documents
};

struct TrainingData {
  std::size_t dimension = 0;
  std::span<const float> documents;  // m x dimension
  QueryPairs training;
  std::span<const std::int64_t> negatives;  // the same number for each training query; rows, or -1 for none
  QueryPairs validation;                    // may be empty

  std::size_t negatives_per_query() const {
    return training.positives.empty() ? 0 : negatives.size() / training.positives.size();
  }
};

// Throws INVALID_ARGUMENT, with the row, for sizes that do not fit together, rows that the documents do not
// have, and vectors with NaN, infinity or zeros alone.
void CheckTrainingData(const TrainingData& data);

// Which documents are positives of which queries. Equal vectors count as one text: a query that stands there
// twice has the positives of both places, and a copy of a positive is a positive.
class KnownPositives {
 public:
  KnownPositives(std::size_t dimension, std::span<const float> documents, const QueryPairs& pairs);

  // The number of the first document that is equal to this one.
  std::uint32_t DocumentClass(std::size_t row) const { return document_class_[row]; }
  // Classes of all positives of query i, ascending.
  std::span<const std::uint32_t> Of(std::size_t query) const;

 private:
  std::vector<std::uint32_t> document_class_;
  std::vector<std::uint32_t> query_class_;
  // Positives of query class c: positives_[begin_[c]] .. positives_[begin_[c + 1] - 1].
  std::vector<std::size_t> begin_;
  std::vector<std::uint32_t> positives_;
};

}  // namespace densenode
