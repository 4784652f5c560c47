#include "index/cpu/bf16_scan.h"

#include <immintrin.h>

#include <algorithm>
#include <array>
#include <cmath>
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
  const float square = _mm512_reduce_add_ps(squares);
  return {square, kLengthsUp * std::sqrt(square), kLengthsUp * std::sqrt(_mm512_reduce_add_ps(losses))};
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

class Bf16Scan : public CandidateScan {
 public:
  Bf16Scan(const cpu::ProductKernel& kernel, faiss::MetricType metric, std::size_t dimension,
           std::size_t rows, const float* queries, std::size_t k)
      : CandidateScan(metric, dimension, rows, queries, k),
        kernel_(kernel),
        padded_(cpu::RoundUp(dimension, kBlock)),
        packed_(cpu::RoundUp(rows, kBlock), padded_),
        bounds_(packed_.outputs() / kBlock) {
    packed_.Put({queries, rows * dimension}, {1, rows}, {1, dimension});
    std::vector<Bf16> rounded(padded_);
    const float sum_error = SumError(dimension);
    for (std::size_t i = 0; i < rows; ++i) {
      const Lengths lengths = Round(queries + i * dimension, dimension, rounded.data());
      QueryBounds& bounds = bounds_[i / kBlock];
      bounds.norm_factor[i % kBlock] = lengths.residual;
      bounds.residual_factor[i % kBlock] = lengths.norm + lengths.residual;
      bounds.rest[i % kBlock] = 2 * sum_error * lengths.norm * lengths.norm;
    }
  }

 protected:
  bool Scan(const FlatRange& range, std::span<Shortlist> shortlists) const override {
    const float* const vectors = range.vectors;
    const std::size_t count = range.count;
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
                         products.data(), kBlock);
        const std::size_t queries = std::min(kBlock, rows_ - panel);
        Collect(products.data(), bounds_[panel / kBlock], {bounds.data(), here}, first,
                {shortlists.data() + panel, queries});
      }
    }
    return true;
  }

  std::unique_ptr<FlatScan> Exact() const override {
    return MakeFloatScan(metric_, dimension_, rows_, queries_);
  }

 private:
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

  const cpu::ProductKernel& kernel_;
  const std::size_t padded_;
  cpu::PackedMatrix packed_;
  std::vector<QueryBounds> bounds_;  // of each panel
};

}  // namespace

bool Bf16ScanFits(std::size_t rows) { return rows >= kLeastQueries; }

std::unique_ptr<FlatScan> MakeBf16Scan(const cpu::ProductKernel& kernel, faiss::MetricType metric,
                                       std::size_t dimension, std::size_t rows, const float* queries,
                                       std::size_t k) {
  return std::make_unique<Bf16Scan>(kernel, metric, dimension, rows, queries, k);
}

}  // namespace densenode
