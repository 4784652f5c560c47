#include "index/rescore.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "common/dot_product.h"
#include "common/error.h"
#include "common/executor.h"

namespace densenode {
namespace {

constexpr std::size_t kMostQueriesPerSlice = 64;

// Scores the rows of the embeddings for one query.
class Scorer {
 public:
  explicit Scorer(const RescoreRequest& request)
      : request_(request),
        offset_(CodeOffset(request.precision)),
        scalar_(!request.codes.empty() && IsScalar(request.precision)) {
    if (scalar_) steps_ = CodeSteps(request.ranges);
  }

  void Begin(const float* query) {
    query_ = query;
    if (!scalar_) return;
    // query . (code * step + low) = (query * step) . code + query . low
    weights_.resize(request_.dimension);
    for (std::size_t i = 0; i < request_.dimension; ++i)
      weights_[i] = static_cast<double>(query[i]) * steps_[i];
    constant_ = DotProduct(query, request_.ranges.data(), request_.dimension);
  }

  double Score(std::size_t row) const {
    const std::size_t dimension = request_.dimension;
    if (request_.codes.empty())
      return DotProduct(query_, request_.embeddings.data() + row * dimension, dimension);
    const std::uint8_t* code = request_.codes.data() + row * CodeSize(request_.precision, dimension);
    if (!scalar_) return BitDot(query_, code, dimension, offset_);
    double sum = constant_;
    for (std::size_t i = 0; i < dimension; ++i)
      sum += weights_[i] * static_cast<std::uint8_t>(code[i] + offset_);
    return sum;
  }

 private:
  const RescoreRequest& request_;
  const std::uint8_t offset_;
  const bool scalar_;
  std::vector<float> steps_;
  const float* query_ = nullptr;
  std::vector<double> weights_;
  double constant_ = 0;
};

// What lib/ cannot know to hold still when the work starts.
void Check(const RescoreRequest& request) {
  const std::size_t count = request.queries.size() / request.dimension;
  if (request.candidates.size() != count * request.candidates_per_query) {
    Fail(ErrorCode::kInvalidArgument, "expected ", request.candidates_per_query, " candidates for each of ",
         count, " queries, but got ", request.candidates.size());
  }
  if (!request.codes.empty() && IsScalar(request.precision) &&
      request.ranges.size() != 2 * request.dimension) {
    Fail(ErrorCode::kInvalidArgument, "rescoring by 8-bit codes needs the ranges of ", request.dimension,
         " dimensions");
  }
}

void RescoreSlice(const RescoreRequest& request, std::size_t begin, std::size_t end) {
  Check(request);
  const std::size_t rows = request.codes.empty()
                               ? request.embeddings.size() / request.dimension
                               : request.codes.size() / CodeSize(request.precision, request.dimension);
  Scorer scorer(request);
  RescoredHits hits;
  for (std::size_t query = begin; query < end; ++query) {
    scorer.Begin(request.queries.data() + query * request.dimension);
    for (const std::int64_t id :
         request.candidates.subspan(query * request.candidates_per_query, request.candidates_per_query)) {
      if (id == -1) continue;
      if (id < 0 || static_cast<std::uint64_t>(id) >= rows) {
        Fail(ErrorCode::kInvalidArgument, "candidate ", id, " of query ", query,
             " is no row of the embeddings, which are ", rows);
      }
      hits.Add(scorer.Score(static_cast<std::size_t>(id)), id);
    }
    hits.Take(request.k, request.ids + query * request.k, request.scores + query * request.k);
  }
}

}  // namespace

double BitDot(const float* query, const std::uint8_t* code, std::size_t dimension, std::uint8_t offset) {
  double sum = 0;
  for (std::size_t i = 0; i < dimension; ++i) {
    const auto byte = static_cast<std::uint8_t>(code[i / 8] + offset);
    sum += (byte >> (7 - i % 8) & 1) != 0 ? query[i] : 0.0F;
  }
  return sum;
}

void RescoredHits::Take(std::size_t k, std::int64_t* ids, float* scores) {
  std::stable_sort(entries_.begin(), entries_.end(),
                   [](const Entry& a, const Entry& b) { return a.score > b.score; });
  const std::size_t count = std::min(k, entries_.size());
  for (std::size_t rank = 0; rank < count; ++rank) {
    ids[rank] = entries_[rank].id;
    scores[rank] = static_cast<float>(entries_[rank].score);
  }
  std::fill(ids + count, ids + k, -1);
  std::fill(scores + count, scores + k, -std::numeric_limits<float>::infinity());
  entries_.clear();
}

void StartRescore(RescoreRequest request, std::function<void(std::exception_ptr)> done) {
  const std::size_t count = request.queries.size() / request.dimension;
  auto cancellation = request.cancellation;
  auto body = [request = std::move(request)](std::size_t begin, std::size_t end) {
    RescoreSlice(request, begin, end);
  };
  Executor::Get().ForEachSlice(count, kMostQueriesPerSlice, std::move(cancellation), std::move(body),
                               std::move(done));
}

}  // namespace densenode
