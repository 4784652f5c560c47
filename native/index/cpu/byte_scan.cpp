#include "index/cpu/byte_scan.h"

#include <immintrin.h>

#include <algorithm>
#include <array>
#include <numeric>
#include <span>
#include <vector>

#include "common/aligned_buffer.h"
#include "encoder/cpu/kernel_scope.h"
#include "encoder/cpu/lanes.h"
#include "index/cpu/byte_codes.h"

namespace densenode {
namespace {

using cpu::kByteBlock;
using cpu::kPanelVectors;
using cpu::kQueryTile;
using cpu::kTileRows;

// More candidates than this share of the vectors, and the codes are too coarse for these vectors: comparing
// candidates one by one takes longer than what the codes saved.
constexpr std::size_t kMostCandidatesShare = 16;

constexpr std::size_t kQueryRows = 32;  // of one product

// What bounds need to know of the queries of one product: |error| <= norm_factor x the vector's norm +
// code_factor x its residual + rest + the vector's rest.
struct Terms {
  alignas(64) float scale[kQueryRows] = {};
  float norm_factor[kQueryRows] = {}, code_factor[kQueryRows] = {}, rest[kQueryRows] = {};
  std::int32_t correction[kQueryRows] = {};  // takes the 128 of codes out of products
};

// And of the vectors of a panel.
struct PanelTerms {
  alignas(64) float rest[kPanelVectors];
  float shift[kPanelVectors];  // what of a bound from above is the same for all queries: rest - offset
  float most_norm, most_residual;
};

class ByteScan : public CandidateScan {
 public:
  ByteScan(const cpu::ByteKernel& kernel, faiss::MetricType metric, std::size_t dimension, std::size_t rows,
           const float* queries, std::size_t k)
      : CandidateScan(metric, dimension, rows, queries, k),
        kernel_(kernel),
        layout_(dimension),
        codes_(cpu::RoundUp(rows, kTileRows) * layout_.padded),
        terms_(cpu::RoundUp(rows, kQueryRows) / kQueryRows) {
    std::fill_n(codes_.data(), codes_.size(), std::int8_t{0});
    std::vector<std::int8_t> codes(layout_.padded);
    for (std::size_t i = 0; i < rows; ++i) {
      const cpu::CodeLengths lengths = cpu::CodeQuery(queries + i * dimension, dimension, codes.data());
      for (std::size_t block = 0; block < layout_.blocks(); ++block) {
        std::copy_n(codes.data() + block * kByteBlock, kByteBlock,
                    codes_.data() + (i / kTileRows * layout_.blocks() + block) * kQueryTile +
                        i % kTileRows * kByteBlock);
      }
      Terms& terms = terms_[i / kQueryRows];
      const std::size_t at = i % kQueryRows;
      terms.scale[at] = lengths.scale;
      terms.correction[at] = -128 * std::accumulate(codes.begin(), codes.end(), std::int32_t{0});
      terms.norm_factor[at] = lengths.residual;
      terms.code_factor[at] = lengths.norm + lengths.residual;
      terms.rest[at] = 2 * SumError(dimension) * lengths.norm * lengths.norm;
    }
  }

 protected:
  bool Scan(const FlatRange& range, std::span<Shortlist> shortlists) const override {
    alignas(64) std::int32_t products[kQueryRows * kPanelVectors];
    const std::size_t most = rows_ * (256 + 4 * k_ + range.count / kMostCandidatesShare);
    for (std::size_t begin = 0; begin < range.count; begin += ScanCodes::kChunk) {
      const std::size_t count = std::min(ScanCodes::kChunk, range.count - begin);
      const float* const vectors = range.vectors + begin * dimension_;
      const std::uint8_t* panel = range.codes->Chunk(
          (range.first + begin) / ScanCodes::kChunk, count, layout_.bytes(count),
          [&](std::uint8_t* out) { cpu::CodeVectors(layout_, metric_, vectors, count, out); });
      if (!panel) return false;
      const cpu::KernelScope scope(kernel_);
      for (std::size_t i = 0; i < count; i += kPanelVectors, panel += layout_.panel_bytes()) {
        ScanPanel(panel, begin + i, std::min(kPanelVectors, count - i), products, shortlists);
      }
      std::size_t candidates = 0;
      for (const Shortlist& each : shortlists) candidates += each.size();
      if (candidates > most) return false;
    }
    return true;
  }

  std::unique_ptr<FlatScan> Exact() const override {
    return MakeFlatScan(metric_, dimension_, rows_, queries_, k_, false);
  }

 private:
  void ScanPanel(const std::uint8_t* panel, std::size_t first, std::size_t count, std::int32_t* products,
                 std::span<Shortlist> shortlists) const {
    const cpu::PanelBounds& bounds = layout_.bounds(panel);
    const PanelTerms of_panel = TermsOf(bounds, count);
    for (std::size_t query = 0; query < rows_; query += kQueryRows) {
      const std::size_t here = std::min(kQueryRows, rows_ - query);
      kernel_.multiply(codes_.data() + query * layout_.padded, panel, layout_.blocks(), here, products);
      Collect(products, terms_[query / kQueryRows], bounds, of_panel, first, count,
              shortlists.subspan(query, here));
    }
  }

  PanelTerms TermsOf(const cpu::PanelBounds& bounds, std::size_t count) const {
    PanelTerms terms;
    const __m512 rest_factor = _mm512_set1_ps(2 * SumError(dimension_));
    __m512 most_norm = _mm512_setzero_ps(), most_residual = _mm512_setzero_ps();
    for (std::size_t i = 0; i < kPanelVectors; i += 16) {
      const __mmask16 present = i < count ? cpu::FirstLanes(count - i) : __mmask16{0};
      const __m512 norm = _mm512_load_ps(bounds.norm + i);
      const __m512 rest = _mm512_mul_ps(rest_factor, _mm512_mul_ps(norm, norm));
      _mm512_store_ps(terms.rest + i, rest);
      _mm512_store_ps(terms.shift + i, _mm512_sub_ps(rest, _mm512_load_ps(bounds.offset + i)));
      most_norm = _mm512_mask_max_ps(most_norm, present, most_norm, norm);
      most_residual =
          _mm512_mask_max_ps(most_residual, present, most_residual, _mm512_load_ps(bounds.residual + i));
    }
    terms.most_norm = _mm512_reduce_max_ps(most_norm);
    terms.most_residual = _mm512_reduce_max_ps(most_residual);
    return terms;
  }

  // Adds the vectors of a panel that may be among the nearest to the shortlists of the queries of a product.
  static void Collect(const std::int32_t* products, const Terms& queries, const cpu::PanelBounds& bounds,
                      const PanelTerms& panel, std::size_t first, std::size_t count,
                      std::span<Shortlist> shortlists) {
    for (std::size_t i = 0; i < shortlists.size(); ++i) {
      Shortlist& shortlist = shortlists[i];
      const std::int32_t* const of_query = products + i * kPanelVectors;
      const __m512i correction = _mm512_set1_epi32(queries.correction[i]);
      const __m512 scale = _mm512_set1_ps(queries.scale[i]);
      const auto product = [&](std::size_t at) {
        return _mm512_mul_ps(
            _mm512_cvtepi32_ps(_mm512_add_epi32(_mm512_load_si512(of_query + at), correction)),
            _mm512_mul_ps(scale, _mm512_load_ps(bounds.scale + at)));
      };
      // With the largest error of the panel most vectors are ruled out in fewer steps.
      const float limit = shortlist.threshold() - queries.rest[i];
      const float least =
          limit - (queries.norm_factor[i] * panel.most_norm + queries.code_factor[i] * panel.most_residual);
      // Not "at least": a NaN must not hide a vector.
      const auto passes = [&](std::size_t at) {
        return _mm512_cmp_ps_mask(_mm512_add_ps(product(at), _mm512_load_ps(panel.shift + at)),
                                  _mm512_set1_ps(least), _CMP_NLT_UQ);
      };
      const std::uint32_t both = passes(0) | std::uint32_t{passes(16)} << 16;
      if (both == 0) [[likely]]
        continue;
      for (std::size_t at = 0; at < count; at += 16) {
        const __m512 error = _mm512_fmadd_ps(
            _mm512_set1_ps(queries.norm_factor[i]), _mm512_load_ps(bounds.norm + at),
            _mm512_mul_ps(_mm512_set1_ps(queries.code_factor[i]), _mm512_load_ps(bounds.residual + at)));
        const __m512 most =
            _mm512_add_ps(_mm512_add_ps(product(at), error), _mm512_load_ps(panel.shift + at));
        const __mmask16 found =
            _mm512_mask_cmp_ps_mask(cpu::FirstLanes(count - at), most, _mm512_set1_ps(limit), _CMP_NLT_UQ);
        if (found == 0) continue;
        Add(found, first + at, _mm512_sub_ps(product(at), _mm512_load_ps(bounds.offset + at)),
            _mm512_add_ps(error,
                          _mm512_add_ps(_mm512_load_ps(panel.rest + at), _mm512_set1_ps(queries.rest[i]))),
            &shortlist);
      }
    }
  }

  static void Add(__mmask16 found, std::size_t first, __m512 scores, __m512 errors, Shortlist* shortlist) {
    alignas(64) std::array<float, 16> score, error;
    _mm512_store_ps(score.data(), scores);
    _mm512_store_ps(error.data(), errors);
    for (; found != 0; found &= static_cast<__mmask16>(found - 1)) {
      const auto i = static_cast<std::size_t>(__builtin_ctz(found));
      if (!(score[i] + error[i] < shortlist->threshold())) shortlist->Add(first + i, score[i], error[i]);
    }
  }

  const cpu::ByteKernel& kernel_;
  const cpu::CodeLayout layout_;
  AlignedBuffer<std::int8_t> codes_;  // of queries
  std::vector<Terms> terms_;
};

}  // namespace

bool HasScanCodes(faiss::MetricType metric, std::size_t dimension) {
  // Shorter vectors are padded to nearly what they take in fp32.
  constexpr std::size_t kLeastDimension = 64, kMostDimension = 32768;
  return (metric == faiss::METRIC_INNER_PRODUCT || metric == faiss::METRIC_L2) &&
         dimension >= kLeastDimension && dimension <= kMostDimension;
}

std::unique_ptr<FlatScan> MakeByteScan(const cpu::ByteKernel& kernel, faiss::MetricType metric,
                                       std::size_t dimension, std::size_t rows, const float* queries,
                                       std::size_t k) {
  return std::make_unique<ByteScan>(kernel, metric, dimension, rows, queries, k);
}

}  // namespace densenode
