#include "training/training_data.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <unordered_map>
#include <utility>

#include "common/error.h"

namespace densenode {
namespace {

std::size_t CheckVectors(const char* what, std::span<const float> vectors, std::size_t dimension) {
  if (dimension == 0 || vectors.size() % dimension != 0)
    Fail(ErrorCode::kInvalidArgument, what, " must be rows of dimension ", dimension);
  const std::size_t rows = vectors.size() / dimension;
  if (rows > UINT32_MAX)
    Fail(ErrorCode::kInvalidArgument, what, " has ", rows, " rows; at most 2^32 - 1 work");
  for (std::size_t row = 0; row < rows; ++row) {
    double squares = 0;
    for (const float value : vectors.subspan(row * dimension, dimension))
      squares += static_cast<double>(value) * value;
    if (!std::isfinite(squares))
      Fail(ErrorCode::kInvalidArgument, what, ": row ", row, " holds NaN or infinity");
    if (squares == 0)
      Fail(ErrorCode::kInvalidArgument, what, ": row ", row, " is all zeros, which has no direction");
  }
  return rows;
}

void CheckRows(const char* what, std::span<const std::int64_t> rows, std::size_t documents, bool may_miss) {
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (may_miss && rows[i] == -1) continue;
    if (rows[i] < 0 || static_cast<std::size_t>(rows[i]) >= documents) {
      Fail(ErrorCode::kInvalidArgument, what, "[", i, "] must be a row of the ", documents,
           " documents, from 0", may_miss ? ", or -1 for none" : "", ", not ", rows[i]);
    }
  }
}

// For each row the number of the first row with the same bytes.
std::vector<std::uint32_t> FirstEqualRows(std::span<const float> vectors, std::size_t dimension) {
  const std::size_t rows = vectors.size() / dimension;
  std::vector<std::uint32_t> first(rows);
  std::unordered_map<std::uint64_t, std::uint32_t> seen;
  seen.reserve(rows);
  for (std::size_t row = 0; row < rows; ++row) {
    const float* values = vectors.data() + row * dimension;
    const std::size_t bytes = dimension * sizeof(float);
    const auto number = static_cast<std::uint32_t>(row);
    const auto [entry, is_new] = seen.emplace(XXH3_64bits(values, bytes), number);
    const bool equal = !is_new && std::memcmp(vectors.data() + entry->second * dimension, values, bytes) == 0;
    first[row] = equal ? entry->second : number;
  }
  return first;
}

}  // namespace

void CheckTrainingData(const TrainingData& data) {
  const std::size_t documents = CheckVectors("documents", data.documents, data.dimension);
  const std::size_t queries = CheckVectors("queries", data.training.queries, data.dimension);
  const std::size_t validation = CheckVectors("validation.queries", data.validation.queries, data.dimension);
  if (queries == 0) Fail(ErrorCode::kInvalidArgument, "queries must have at least one row");
  if (data.training.positives.size() != queries || data.validation.positives.size() != validation)
    Fail(ErrorCode::kInvalidArgument, "positives must name one document for each query");
  if (data.negatives.size() % queries != 0)
    Fail(ErrorCode::kInvalidArgument, "negatives must have the same number for each query");
  CheckRows("positives", data.training.positives, documents, false);
  CheckRows("negatives", data.negatives, documents, true);
  CheckRows("validation.positives", data.validation.positives, documents, false);
}

KnownPositives::KnownPositives(std::size_t dimension, std::span<const float> documents,
                               const QueryPairs& pairs)
    : document_class_(FirstEqualRows(documents, dimension)),
      query_class_(FirstEqualRows(pairs.queries, dimension)) {
  std::vector<std::pair<std::uint32_t, std::uint32_t>> known(query_class_.size());
  for (std::size_t i = 0; i < known.size(); ++i)
    known[i] = {query_class_[i], document_class_[static_cast<std::size_t>(pairs.positives[i])]};
  std::sort(known.begin(), known.end());
  known.erase(std::unique(known.begin(), known.end()), known.end());
  begin_.resize(query_class_.size() + 1);
  positives_.reserve(known.size());
  for (std::size_t query = 0, next = 0; query < query_class_.size(); ++query) {
    for (; next < known.size() && known[next].first == query; ++next)
      positives_.push_back(known[next].second);
    begin_[query + 1] = positives_.size();
  }
}

std::span<const std::uint32_t> KnownPositives::Of(std::size_t query) const {
  const std::size_t of = query_class_[query];
  return {positives_.data() + begin_[of], positives_.data() + begin_[of + 1]};
}

}  // namespace densenode
