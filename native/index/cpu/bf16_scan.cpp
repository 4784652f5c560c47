#include "index/cpu/bf16_scan.h"

#include <faiss/utils/distances.h>
#include <immintrin.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cmath>
#include <functional>
#include <limits>
#include <span>
#include <vector>

#include "encoder/cpu/packed_matrix.h"
#include "encoder/cpu/product_kernel.h"
#include "encoder/cpu/vector_math.h"

namespace densenode {
namespace {

using cpu::Bf16;
using cpu::kBlock;

constexpr float kInfinity = std::numeric_limits<float>::infinity();
// Below this, reading the vectors takes the time, and rounding them only adds to it.
constexpr std::size_t kLeastQueries = 3;
constexpr std::size_t kMostResults = 1024;
// Outside of these norms values that products take for zero, or overflows, are no longer negligible.
constexpr float kLeastNorm = 1e-12F, kMostNorm = 1e15F;

bool HasPlainNorm(float norm) { return norm >= kLeastNorm && norm <= kMostNorm; }

// What products with fp32 sums and FAISS's own may be off together, as a share of (|q| + |x|)^2.
float SumError(std::size_t dimension) { return static_cast<float>(2 * dimension + 64) * 0x1p-24F; }

struct Lengths {
  float square;    // of the norm, with the rounding of a sum
  float norm;      // of the row, not less
  float residual;  // of what rounding took, not less
};

// Rounds a row of `dimension` values to `to`, padded with zeros to a multiple of 32.
Lengths Round(const float* row, std::size_t dimension, Bf16* to) {
  __m512 squares = _mm512_setzero_ps(), losses = _mm512_setzero_ps();
  for (std::size_t i = 0; i < dimension; i += kBlock) {
    const std::size_t left = dimension - i;
    const __m512 low = _mm512_maskz_loadu_ps(cpu::FirstLanes(left), row + i);
    const __m512 high =
        _mm512_maskz_loadu_ps(left > 16 ? cpu::FirstLanes(left - 16) : __mmask16{0}, row + i + 16);
    const __m512i both = (__m512i)_mm512_cvtne2ps_pbh(high, low);
    _mm512_storeu_si512(to + i, both);
    const auto widen = [](__m256i half) {
      return _mm512_castsi512_ps(_mm512_slli_epi32(_mm512_cvtepu16_epi32(half), 16));
    };
    const __m512 lost_low = _mm512_sub_ps(low, widen(_mm512_castsi512_si256(both)));
    const __m512 lost_high = _mm512_sub_ps(high, widen(_mm512_extracti64x4_epi64(both, 1)));
    squares = _mm512_fmadd_ps(low, low, squares);
    squares = _mm512_fmadd_ps(high, high, squares);
    losses = _mm512_fmadd_ps(lost_low, lost_low, losses);
    losses = _mm512_fmadd_ps(lost_high, lost_high, losses);
  }
  constexpr float kUp = 1.001F;  // more than the rounding of these sums
  const float square = _mm512_reduce_add_ps(squares);
  return {square, kUp * std::sqrt(square), kUp * std::sqrt(_mm512_reduce_add_ps(losses))};
}

// What bounds need to know of a query or of a vector; |error| <= q.norm_factor * x.norm + q.residual_factor *
// x.residual + q.rest + x.rest.
struct QueryBounds {
  alignas(64) std::array<float, kBlock> norm_factor{}, residual_factor{}, rest{};
};
struct VectorBounds {
  float norm, residual, rest;
  float offset;  // taken from the product: half the squared norm for l2
};

// A vector that may be among the nearest, and the most that its score can be.
struct Candidate {
  std::size_t position;
  float most;
};

// The candidates of one query in one range.
class Shortlist {
 public:
  void Start(std::size_t k, float threshold) {
    k_ = k;
    threshold_ = threshold;
    lower_.clear();
    candidates_.clear();
  }
  float threshold() const { return threshold_; }

  void Add(std::size_t position, float score, float error) {
    candidates_.push_back({position, score + error});
    const float least = error < kInfinity ? score - error : -kInfinity;  // where the score may be NaN
    if (lower_.size() < k_) {
      lower_.push_back(least);
      std::push_heap(lower_.begin(), lower_.end(), std::greater<>());
    } else if (least > lower_.front()) {
      std::pop_heap(lower_.begin(), lower_.end(), std::greater<>());
      lower_.back() = least;
      std::push_heap(lower_.begin(), lower_.end(), std::greater<>());
    }
    if (lower_.size() == k_) threshold_ = std::max(threshold_, lower_.front());
    if (candidates_.size() == most_) Drop();
  }

  // Those that `threshold` allows.
  std::span<const Candidate> Left(float threshold) {
    threshold_ = std::max(threshold_, threshold);
    Drop();
    return candidates_;
  }

 private:
  void Drop() {
    std::erase_if(candidates_, [this](const Candidate& each) { return each.most < threshold_; });
    most_ = std::max<std::size_t>(2 * candidates_.size(), 256);
  }

  std::size_t k_ = 0;
  float threshold_ = -kInfinity;
  std::size_t most_ = 256;
  std::vector<float> lower_;  // a heap: the k largest bounds from below, the least of them first
  std::vector<Candidate> candidates_;
};

class Bf16Scan : public FlatScan {
 public:
  Bf16Scan(const cpu::ProductKernel& kernel, faiss::MetricType metric, std::size_t dimension,
           std::size_t rows, const float* queries, std::size_t k)
      : kernel_(kernel),
        inner_product_(metric == faiss::METRIC_INNER_PRODUCT),
        dimension_(dimension),
        padded_(cpu::RoundUp(dimension, kBlock)),
        rows_(rows),
        queries_(queries),
        k_(k),
        packed_(cpu::RoundUp(rows, kBlock), padded_),
        bounds_(packed_.outputs() / kBlock),
        thresholds_(rows) {
    packed_.Put({queries, rows * dimension}, {1, rows}, {1, dimension});
    std::vector<Bf16> rounded(padded_);
    const float sum_error = SumError(dimension);
    for (std::size_t i = 0; i < rows; ++i) {
      const Lengths lengths = Round(queries + i * dimension, dimension, rounded.data());
      QueryBounds& bounds = bounds_[i / kBlock];
      bounds.norm_factor[i % kBlock] = lengths.residual;
      bounds.residual_factor[i % kBlock] = lengths.norm + lengths.residual;
      bounds.rest[i % kBlock] = 2 * sum_error * lengths.norm * lengths.norm;
      thresholds_[i] = -kInfinity;
    }
  }

  void Nearest(const float* vectors, std::size_t count, Ranking* ranking) const override {
    std::vector<Shortlist> shortlists(rows_);
    for (std::size_t i = 0; i < rows_; ++i) shortlists[i].Start(k_, thresholds_[i]);
    Scan(vectors, count, shortlists);
    std::vector<std::pair<float, std::int64_t>> scored;
    const std::size_t k = ranking->k;
    ranking->Resize(rows_, k);
    for (std::size_t i = 0; i < rows_; ++i) {
      const float threshold = Publish(i, shortlists[i].threshold());
      scored.clear();
      for (const Candidate& each : shortlists[i].Left(threshold)) {
        const float score = Score(queries_ + i * dimension_, vectors + each.position * dimension_);
        // Smaller is better from here on. NaN (a hostile file) is no result.
        if (!std::isnan(score)) scored.emplace_back(inner_product_ ? -score : score, each.position);
      }
      const std::size_t found = std::min(k, scored.size());
      std::partial_sort(scored.begin(), scored.begin() + static_cast<std::ptrdiff_t>(found), scored.end());
      for (std::size_t j = 0; j < k; ++j) {
        const bool has = j < found;
        const float worst = inner_product_ ? -kInfinity : kInfinity;
        ranking->labels[i * k + j] = has ? scored[j].second : -1;
        ranking->scores[i * k + j] = !has ? worst : inner_product_ ? -scored[j].first : scored[j].first;
      }
    }
  }

 private:
  // Finds the candidates of all queries.
  void Scan(const float* vectors, std::size_t count, std::vector<Shortlist>& shortlists) const {
    AlignedBuffer<Bf16> rounded(kBlock * padded_);
    AlignedBuffer<float> products(kBlock * kBlock);
    std::fill_n(rounded.data(), kBlock * padded_, Bf16{0});
    std::array<VectorBounds, kBlock> bounds;
    const cpu::KernelScope scope(kernel_);
    for (std::size_t first = 0; first < count; first += kBlock) {
      const std::size_t here = std::min(kBlock, count - first);
      for (std::size_t i = 0; i < here; ++i)
        bounds[i] = RoundVector(vectors + (first + i) * dimension_, rounded.data() + i * padded_);
      for (std::size_t panel = 0; panel < packed_.outputs(); panel += kBlock) {
        kernel_.multiply(rounded.data(), padded_, packed_.panel(panel), padded_ / kBlock, here,
                         products.data(), kBlock, false);
        const std::size_t queries = std::min(kBlock, rows_ - panel);
        Collect(products.data(), bounds_[panel / kBlock], {bounds.data(), here}, first,
                {shortlists.data() + panel, queries});
      }
    }
  }

  VectorBounds RoundVector(const float* vector, Bf16* to) const {
    const Lengths lengths = Round(vector, dimension_, to);
    // Nothing is known of this one: its score is computed in fp32.
    if (!HasPlainNorm(lengths.norm)) return {0, kInfinity, 0, 0};
    const float square = lengths.norm * lengths.norm;
    return {lengths.norm, lengths.residual, 2 * SumError(dimension_) * square,
            inner_product_ ? 0 : 0.5F * lengths.square};
  }

  // Adds the vectors of a block, from `first` on, that may be among the nearest to the shortlists of a panel
  // of queries.
  static void Collect(const float* products, const QueryBounds& queries,
                      std::span<const VectorBounds> vectors, std::size_t first,
                      std::span<Shortlist> shortlists) {
    for (std::size_t half = 0; half < shortlists.size(); half += 16) {
      const std::size_t some = std::min<std::size_t>(16, shortlists.size() - half);
      const __mmask16 present = cpu::FirstLanes(some);
      const __m512 norm_factor = _mm512_load_ps(queries.norm_factor.data() + half),
                   residual_factor = _mm512_load_ps(queries.residual_factor.data() + half);
      alignas(64) std::array<float, 16> limits;
      const auto limit_of = [&](std::size_t i) {
        return shortlists[half + i].threshold() - queries.rest[half + i];
      };
      for (std::size_t i = 0; i < some; ++i) limits[i] = limit_of(i);
      for (std::size_t row = 0; row < vectors.size(); ++row) {
        const VectorBounds& vector = vectors[row];
        const __m512 error = _mm512_fmadd_ps(
            norm_factor, _mm512_set1_ps(vector.norm),
            _mm512_fmadd_ps(residual_factor, _mm512_set1_ps(vector.residual), _mm512_set1_ps(vector.rest)));
        const __m512 score =
            _mm512_sub_ps(_mm512_load_ps(products + row * kBlock + half), _mm512_set1_ps(vector.offset));
        // Not "at least": a NaN among the products must not hide a vector.
        __mmask16 found = _mm512_mask_cmp_ps_mask(present, _mm512_add_ps(score, error),
                                                  _mm512_load_ps(limits.data()), _CMP_NLT_UQ);
        if (found == 0) [[likely]]
          continue;
        alignas(64) std::array<float, 16> scores, errors;
        _mm512_store_ps(scores.data(), score);
        _mm512_store_ps(errors.data(), error);
        for (; found != 0; found &= static_cast<__mmask16>(found - 1)) {
          const auto i = static_cast<std::size_t>(__builtin_ctz(found));
          shortlists[half + i].Add(first + row, scores[i], errors[i] + queries.rest[half + i]);
          limits[i] = limit_of(i);
        }
      }
    }
  }

  float Score(const float* query, const float* vector) const {
    return inner_product_ ? faiss::fvec_inner_product(query, vector, dimension_)
                          : faiss::fvec_L2sqr(query, vector, dimension_);
  }

  // Tells other ranges of a threshold, and gives the best that any of them told.
  float Publish(std::size_t query, float threshold) const {
    float best = thresholds_[query];
    while (best < threshold && !thresholds_[query].compare_exchange_weak(best, threshold)) {
    }
    return std::max(best, threshold);
  }

  const cpu::ProductKernel& kernel_;
  const bool inner_product_;
  const std::size_t dimension_, padded_, rows_;
  const float* const queries_;
  const std::size_t k_;
  cpu::PackedMatrix packed_;
  std::vector<QueryBounds> bounds_;                     // of each panel
  mutable std::vector<std::atomic<float>> thresholds_;  // of each query, over all ranges so far
};

}  // namespace

bool Bf16ScanFits(faiss::MetricType metric, std::size_t dimension, std::size_t rows, const float* queries,
                  std::size_t k) {
  if (rows < kLeastQueries || k > kMostResults) return false;
  if (metric != faiss::METRIC_INNER_PRODUCT && metric != faiss::METRIC_L2) return false;
  for (std::size_t i = 0; i < rows; ++i) {
    const float square = faiss::fvec_norm_L2sqr(queries + i * dimension, dimension);
    if (!HasPlainNorm(std::sqrt(square))) return false;
  }
  return true;
}

std::unique_ptr<FlatScan> MakeBf16Scan(const cpu::ProductKernel& kernel, faiss::MetricType metric,
                                       std::size_t dimension, std::size_t rows, const float* queries,
                                       std::size_t k) {
  return std::make_unique<Bf16Scan>(kernel, metric, dimension, rows, queries, k);
}

}  // namespace densenode
