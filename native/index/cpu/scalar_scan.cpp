#include "index/cpu/scalar_scan.h"

#include <faiss/impl/AuxIndexStructures.h>
#include <immintrin.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <numeric>
#include <span>
#include <vector>

#include "common/aligned_buffer.h"
#include "encoder/cpu/bf16.h"
#include "index/candidate_scan.h"
#include "index/cpu/byte_kernel.h"
#include "index/cpu/list_search.h"
#include "index/cpu/panel_scan.h"
#include "index/flat_scan.h"

namespace densenode::cpu {
namespace {

constexpr double kMostWeight = 127, kFiner = 254;
constexpr double kCentre = 128;  // of codes

// A query as weights of bytes.
struct ByteWeights {
  // `high`, `low`: padded to kByteBlock with zeros; they must live as long as this.
  ByteWeights(const faiss::ScalarQuantizer& quantizer, const float* query, std::int8_t* its_high,
              std::int8_t* its_low)
      : high(its_high), low(its_low) {
    const std::size_t d = quantizer.d;
    const float *const least = quantizer.trained.data(), *const extent = least + d;
    double most = 0;
    for (std::size_t i = 0; i < d; ++i) most = std::max(most, std::fabs(WeightOf(query[i], extent[i])));
    scale = static_cast<float>(most / kMostWeight);
    const double step = scale, finer = step / kFiner;
    double sums = 0, coarse = 0, lost = 0, all = 0;
    for (std::size_t i = 0; i < d; ++i) {
      const double weight = WeightOf(query[i], extent[i]);
      const double a = step > 0 ? std::clamp(std::nearbyint(weight / step), -kMostWeight, kMostWeight) : 0;
      const double rest = weight - a * step;
      const double b = step > 0 ? std::clamp(std::nearbyint(rest / finer), -kMostWeight, kMostWeight) : 0;
      its_high[i] = static_cast<std::int8_t>(a);
      its_low[i] = static_cast<std::int8_t>(b);
      coarse += std::fabs(rest);
      lost += std::fabs(rest - b * finer);
      sums += weight * (kCentre + 0.5) + double{query[i]} * least[i];
      all += std::fabs(query[i]) * (std::fabs(least[i]) + std::fabs(extent[i]));
    }
    constant = static_cast<float>(sums);
    correction_high = -static_cast<std::int32_t>(kCentre) * std::accumulate(high, high + d, 0);
    correction_low = -static_cast<std::int32_t>(kCentre) * std::accumulate(low, low + d, 0);
    // What rounding took of the weights, what FAISS's sums and those here may be off.
    const double sums_off = 4 * double{SumError(d)} * all;
    error = static_cast<float>(lost * kCentre * 1.001 + sums_off);
    coarse_error = static_cast<float>(coarse * kCentre * 1.001 + sums_off);
  }

  // A code's share of the score.
  static double WeightOf(float value, float extent) { return double{value} * extent / 255; }

  const std::int8_t *high, *low;
  float scale, constant;
  float error, coarse_error;  // of scores with and without the low parts
  std::int32_t correction_high, correction_low;
};

bool AreFinite(std::span<const float> values) {
  return std::all_of(values.begin(), values.end(), [](float value) { return std::isfinite(value); });
}

class ByteLists : public ListSearch {
 public:
  // `has_residuals`: codes are of what the centroid of the list leaves of a vector.
  ByteLists(const faiss::ScalarQuantizer& quantizer, bool has_residuals, std::size_t rows,
            const float* queries, std::size_t k, std::size_t lists, const faiss::IDSelector* selector,
            const Probes& probes)
      : ListSearch(true, rows, k, lists, probes),
        has_residuals_(has_residuals),
        selector_(selector),
        dimension_(quantizer.d),
        padded_(RoundUp(dimension_, kByteBlock)),
        codes_(2 * rows * padded_) {
    std::fill_n(codes_.data(), codes_.size(), std::int8_t{0});
    weights_.reserve(rows);
    for (std::size_t i = 0; i < rows; ++i) {
      std::int8_t* const high = codes_.data() + 2 * i * padded_;
      weights_.emplace_back(quantizer, queries + i * dimension_, high, high + padded_);
    }
  }

 protected:
  virtual const std::uint8_t* Codes(std::size_t list) const = 0;
  // Null: they are the offsets.
  virtual const faiss::idx_t* Labels(std::size_t list) const = 0;

  std::int64_t Label(std::size_t list, std::size_t offset) const override {
    const faiss::idx_t* const labels = Labels(list);
    return labels ? labels[offset] : static_cast<std::int64_t>(offset);
  }

  bool ScanList(std::size_t list, std::span<const Probe> probes) override {
    const std::size_t count = Size(list);
    const std::uint8_t* const codes = Codes(list);
    const Selected selected{selector_, -static_cast<std::int64_t>(PositionOf(list, 0)), Labels(list)};
    for (std::size_t begin = 0; begin < probes.size(); begin += kRowsAtOnce) {
      const auto some = probes.subspan(begin, std::min(kRowsAtOnce, probes.size() - begin));
      for (std::size_t i = 0; i < some.size(); ++i) {
        const ByteWeights& query = weights_[some[i].row];
        shares_[i] = query.constant + (has_residuals_ ? some[i].score : 0);
        high_[i] = query.high;
      }
      for (std::size_t first = 0; first < count; first += 4) {
        const std::size_t here = std::min<std::size_t>(4, count - first);
        const std::uint8_t* four[4];
        for (std::size_t j = 0; j < 4; ++j) four[j] = codes + (first + std::min(j, here - 1)) * dimension_;
        alignas(16) std::int32_t products[4 * kRowsAtOnce];
        MultiplyFourRows(high_, some.size(), four, dimension_, products);
        for (std::size_t i = 0; i < some.size(); ++i) {
          Compare(products + 4 * i, four, here, PositionOf(list, first), weights_[some[i].row], shares_[i],
                  selector_ ? &selected : nullptr, &shortlist(some[i].row));
        }
      }
    }
    return true;
  }

 private:
  // Four vectors stay in the first cache while so many queries are compared with them.
  static constexpr std::size_t kRowsAtOnce = 64;

  // `products`: of the high parts.
  void Compare(const std::int32_t* products, const std::uint8_t* const four[4], std::size_t count,
               std::size_t first, const ByteWeights& query, float share, const Selected* selected,
               Shortlist* shortlist) const {
    const auto part = [](const std::int32_t* of_part, std::int32_t correction, float scale) {
      const __m128i sums = _mm_add_epi32(_mm_load_si128(reinterpret_cast<const __m128i*>(of_part)),
                                         _mm_set1_epi32(correction));
      return _mm_mul_ps(_mm_cvtepi32_ps(sums), _mm_set1_ps(scale));
    };
    // Not "at least": a NaN must not hide a vector.
    const auto reaching = [&](__m128 scores, float error) {
      return static_cast<unsigned>(
          _mm_movemask_ps(_mm_cmpnlt_ps(scores, _mm_set1_ps(shortlist->threshold() - error))));
    };
    const unsigned there = (1U << count) - 1;
    const __m128 coarse = _mm_add_ps(part(products, query.correction_high, query.scale), _mm_set1_ps(share));
    if ((reaching(coarse, query.coarse_error) & there) == 0) [[likely]]
      return;
    alignas(16) std::int32_t low[4];
    MultiplyFourRows(&query.low, 1, four, dimension_, low);
    const float finer = query.scale / static_cast<float>(kFiner);
    const __m128 scores = _mm_add_ps(coarse, part(low, query.correction_low, finer));
    alignas(16) float score[4];
    _mm_store_ps(score, scores);
    for (unsigned found = reaching(scores, query.error) & there; found != 0; found &= found - 1) {
      const auto i = static_cast<std::size_t>(__builtin_ctz(found));
      const bool misses = score[i] + query.error < shortlist->threshold();
      if (misses || (selected && !selected->Takes(first + i))) continue;
      shortlist->Add(first + i, score[i], query.error);
    }
  }

  const bool has_residuals_;
  const faiss::IDSelector* const selector_;
  const std::size_t dimension_, padded_;
  AlignedBuffer<std::int8_t> codes_;  // high and low of each query
  std::vector<ByteWeights> weights_;
  float shares_[kRowsAtOnce];
  const std::int8_t* high_[kRowsAtOnce];
};

// All vectors are one list.
class AllBytes : public ByteLists {
 public:
  AllBytes(const faiss::IndexScalarQuantizer& index, std::size_t rows, const float* queries, std::size_t k,
           const faiss::IDSelector* selector, const Probes& probes)
      : ByteLists(index.sq, false, rows, queries, k, 1, selector, probes), index_(index) {
    for (std::size_t i = 0; i < rows; ++i) {
      computers_.emplace_back(index.get_FlatCodesDistanceComputer());
      computers_.back()->set_query(queries + i * static_cast<std::size_t>(index.d));
    }
  }

 protected:
  std::size_t Size(std::size_t) const override { return static_cast<std::size_t>(index_.ntotal); }
  const std::uint8_t* Codes(std::size_t) const override { return index_.codes.data(); }
  const faiss::idx_t* Labels(std::size_t) const override { return nullptr; }
  float Score(std::size_t row, std::size_t, std::size_t offset) override {
    return (*computers_[row])(static_cast<faiss::idx_t>(offset));
  }

 private:
  const faiss::IndexScalarQuantizer& index_;
  std::vector<std::unique_ptr<faiss::FlatCodesDistanceComputer>> computers_;
};

class InvertedBytes : public ByteLists {
 public:
  InvertedBytes(const faiss::IndexIVFScalarQuantizer& index, std::size_t rows, const float* queries,
                std::size_t k, const faiss::IDSelector* selector, const Probes& probes)
      : ByteLists(index.sq, index.by_residual, rows, queries, k, index.nlist, selector, probes),
        index_(index),
        queries_(queries),
        scanner_(index.get_InvertedListScanner(false, nullptr, nullptr)) {}

 protected:
  std::size_t Size(std::size_t list) const override { return index_.invlists->list_size(list); }
  const std::uint8_t* Codes(std::size_t list) const override { return index_.invlists->get_codes(list); }
  const faiss::idx_t* Labels(std::size_t list) const override { return index_.invlists->get_ids(list); }
  float Score(std::size_t row, std::size_t list, std::size_t offset) override {
    if (row != row_) scanner_->set_query(queries_ + row * static_cast<std::size_t>(index_.d));
    row_ = row;
    scanner_->set_list(static_cast<faiss::idx_t>(list), CentroidScore(row, list));
    return scanner_->distance_to_code(Codes(list) + offset * index_.code_size);
  }

 private:
  float CentroidScore(std::size_t row, std::size_t list) const {
    const auto lists = std::span(probes_.lists).subspan(row * probes_.count, probes_.count);
    const auto at = std::find(lists.begin(), lists.end(), static_cast<faiss::idx_t>(list)) - lists.begin();
    return probes_.scores[row * probes_.count + static_cast<std::size_t>(at)];
  }

  const faiss::IndexIVFScalarQuantizer& index_;
  const float* const queries_;
  const std::unique_ptr<faiss::InvertedListScanner> scanner_;
  std::size_t row_ = static_cast<std::size_t>(-1);  // whose query the scanner has
};

bool Fits(const faiss::ScalarQuantizer& quantizer, std::size_t rows, const float* queries, std::size_t k) {
  return CandidateScanFits(faiss::METRIC_INNER_PRODUCT, quantizer.d, rows, queries, k) &&
         AreFinite(quantizer.trained);
}

bool Run(ByteLists& lists, std::size_t rows, std::size_t k, float* scores, std::int64_t* labels) {
  if (!lists.Scan()) return false;
  for (std::size_t row = 0; row < rows; ++row) lists.Results(row, scores + row * k, labels + row * k);
  faiss::InterruptCallback::check();
  return true;
}

}  // namespace

bool HasByteProducts(const faiss::ScalarQuantizer& quantizer, faiss::MetricType metric) {
  return quantizer.qtype == faiss::ScalarQuantizer::QT_8bit && metric == faiss::METRIC_INNER_PRODUCT &&
         quantizer.trained.size() == 2 * quantizer.d && UsesScanCodes(metric, quantizer.d);
}

bool SearchBytes(const faiss::IndexScalarQuantizer& index, std::size_t rows, const float* queries,
                 std::size_t k, const faiss::IDSelector* selector, float* scores, std::int64_t* labels) {
  if (!Fits(index.sq, rows, queries, k)) return false;
  const Probes all{1, std::vector<faiss::idx_t>(rows, 0), std::vector<float>(rows, 0)};
  AllBytes bytes(index, rows, queries, k, selector, all);
  return Run(bytes, rows, k, scores, labels);
}

bool SearchByteLists(const faiss::IndexIVFScalarQuantizer& index, IndexCodes& codes, std::size_t rows,
                     const float* queries, std::size_t k, const faiss::SearchParametersIVF& parameters,
                     float* scores, std::int64_t* labels) {
  if (!Fits(index.sq, rows, queries, k)) return false;
  const Probes probes = ProbesOf(index, codes, rows, queries, parameters);
  InvertedBytes lists(index, rows, queries, k, parameters.sel, probes);
  return Run(lists, rows, k, scores, labels);
}

}  // namespace densenode::cpu
