#include "index/mmr.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <vector>

#include "common/error.h"
#include "index/vectors.h"

namespace densenode {
namespace {

// Eight sums side by side, which the compiler keeps in vector registers.
double Dot(const float* a, const float* b, std::size_t dimension) {
  constexpr std::size_t kLanes = 8;
  double sums[kLanes] = {};
  std::size_t i = 0;
  for (; i + kLanes <= dimension; i += kLanes) {
    for (std::size_t lane = 0; lane < kLanes; ++lane)
      sums[lane] += static_cast<double>(a[i + lane]) * static_cast<double>(b[i + lane]);
  }
  for (; i < dimension; ++i) sums[0] += static_cast<double>(a[i]) * static_cast<double>(b[i]);
  return std::accumulate(sums, sums + kLanes, 0.0);
}

double InverseNorm(const float* row, std::size_t dimension) {
  const double squared = Dot(row, row, dimension);
  return squared > 0 ? 1 / std::sqrt(squared) : 0;
}

class Choice {
 public:
  explicit Choice(const MmrRequest& request) : request_(request), dimension_(request.dimension) {
    const std::size_t n = CheckVectors(request.vectors, dimension_, "candidate", kAnySquaredNorm);
    if (n > std::numeric_limits<std::int32_t>::max()) {
      Fail(ErrorCode::kInvalidArgument, "expected at most ", std::numeric_limits<std::int32_t>::max(),
           " candidates, but got ", n);
    }
    CheckVectors(request.query, dimension_, "query", kAnySquaredNorm);
    inverse_.resize(n);
    for (std::size_t row = 0; row < n; ++row) inverse_[row] = InverseNorm(Row(row), dimension_);
    relevance_.assign(request.relevance.begin(), request.relevance.end());
    if (!request.query.empty()) {
      const double inverse = InverseNorm(request.query.data(), dimension_);
      relevance_.resize(n);
      for (std::size_t row = 0; row < n; ++row)
        relevance_[row] = Dot(Row(row), request.query.data(), dimension_) * inverse_[row] * inverse;
    }
    if (relevance_.size() != n) {
      Fail(ErrorCode::kInvalidArgument, "expected a relevance for each of ", n, " candidates, but got ",
           relevance_.size());
    }
    nearest_.resize(n);
    left_.resize(n);
    std::iota(left_.begin(), left_.end(), 0);
  }

  void Run(std::span<std::int32_t> rows, std::span<double> values) {
    for (std::size_t i = 0; i < rows.size(); ++i) {
      if (request_.cancellation) request_.cancellation->ThrowIfRequested();
      const std::size_t best = Best();
      const std::size_t row = left_[best];
      rows[i] = static_cast<std::int32_t>(row);
      values[i] = Value(row);
      left_.erase(left_.begin() + static_cast<std::ptrdiff_t>(best));
      if (request_.lambda < 1 && i + 1 < rows.size()) Compare(row, i == 0);
    }
  }

 private:
  const float* Row(std::size_t row) const { return request_.vectors.data() + row * dimension_; }
  double Value(std::size_t row) const {
    return request_.lambda * relevance_[row] - (1 - request_.lambda) * nearest_[row];
  }

  std::size_t Best() const {
    std::size_t best = 0;
    for (std::size_t i = 1; i < left_.size(); ++i) {
      const double value = Value(left_[i]), most = Value(left_[best]);
      if (value > most || (value == most && relevance_[left_[i]] > relevance_[left_[best]])) best = i;
    }
    return best;
  }

  // What is left with one that was chosen.
  void Compare(std::size_t chosen, bool first) {
    for (std::size_t row : left_) {
      const double cosine = Dot(Row(row), Row(chosen), dimension_) * inverse_[row] * inverse_[chosen];
      nearest_[row] = first ? cosine : std::max(nearest_[row], cosine);
    }
  }

  const MmrRequest& request_;
  const std::size_t dimension_;
  std::vector<double> inverse_, relevance_;
  std::vector<double> nearest_;    // cosine with any that was chosen
  std::vector<std::size_t> left_;  // ascending
};

}  // namespace

void ChooseDiverse(const MmrRequest& request, std::span<std::int32_t> rows, std::span<double> values) {
  Choice choice(request);
  if (rows.size() > request.vectors.size() / request.dimension || values.size() != rows.size()) {
    Fail(ErrorCode::kInvalidArgument, "expected room for at most as many rows as there are candidates");
  }
  choice.Run(rows, values);
}

}  // namespace densenode
