#include "index/cpu/byte_scan.h"

#include <immintrin.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <span>
#include <vector>

#include "common/aligned_buffer.h"
#include "encoder/cpu/lanes.h"
#include "index/cpu/byte_codes.h"

namespace densenode {
namespace {

using cpu::kPanelVectors;

// More candidates than this share of the vectors, and the codes are too coarse for these vectors: comparing
// candidates one by one takes longer than what the codes saved.
constexpr std::size_t kMostCandidatesShare = 16;

constexpr std::size_t kQueryRows = 32;  // of one product

struct Query {
  float scale;
  std::int32_t correction;         // takes the 128 out of products
  float norm_factor, code_factor;  // |error| <= norm_factor x norm of the vector + code_factor x its residual
  float rest;                      // + rest + the vector's rest
};

class ByteScan : public CandidateScan {
 public:
  ByteScan(const cpu::ByteKernel& kernel, faiss::MetricType metric, std::size_t dimension, std::size_t rows,
           const float* queries, std::size_t k)
      : CandidateScan(metric, dimension, rows, queries, k),
        kernel_(kernel),
        layout_(dimension),
        codes_(cpu::RoundUp(rows, 16) * layout_.padded),
        terms_(rows) {
    std::fill_n(codes_.data(), codes_.size(), std::int8_t{0});
    for (std::size_t i = 0; i < rows; ++i) {
      std::int8_t* const codes = codes_.data() + i * layout_.padded;
      const cpu::CodeLengths lengths = cpu::CodeQuery(queries + i * dimension, dimension, codes);
      std::int32_t sum = 0;
      for (std::size_t j = 0; j < dimension; ++j) sum += codes[j];
      terms_[i] = {lengths.scale, -128 * sum, lengths.residual, lengths.norm + lengths.residual,
                   2 * SumError(dimension) * lengths.norm * lengths.norm};
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
      const cpu::ByteKernelScope scope(kernel_);
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
    // What of a bound from above is the same for all queries.
    alignas(64) std::array<float, kPanelVectors> rests, shifts;
    const __m512 rest_factor = _mm512_set1_ps(2 * SumError(dimension_));
    for (std::size_t i = 0; i < kPanelVectors; i += 16) {
      const __m512 norm = _mm512_load_ps(bounds.norm + i);
      const __m512 rest = _mm512_mul_ps(rest_factor, _mm512_mul_ps(norm, norm));
      _mm512_store_ps(rests.data() + i, rest);
      _mm512_store_ps(shifts.data() + i, _mm512_sub_ps(rest, _mm512_load_ps(bounds.offset + i)));
    }
    const __mmask16 present[2] = {cpu::FirstLanes(count),
                                  count > 16 ? cpu::FirstLanes(count - 16) : __mmask16{0}};
    for (std::size_t query = 0; query < rows_; query += kQueryRows) {
      const std::size_t here = std::min(kQueryRows, rows_ - query);
      kernel_.multiply(codes_.data() + query * layout_.padded, panel, layout_.blocks(), here, products);
      for (std::size_t i = 0; i < here; ++i) {
        const Query& terms = terms_[query + i];
        Shortlist& shortlist = shortlists[query + i];
        const std::int32_t* const of_query = products + i * kPanelVectors;
        for (std::size_t half = 0; half < 2; ++half) {
          const std::size_t at = half * 16;
          const __m512 product =
              _mm512_mul_ps(_mm512_cvtepi32_ps(_mm512_add_epi32(_mm512_load_si512(of_query + at),
                                                                _mm512_set1_epi32(terms.correction))),
                            _mm512_mul_ps(_mm512_set1_ps(terms.scale), _mm512_load_ps(bounds.scale + at)));
          const __m512 error = _mm512_fmadd_ps(
              _mm512_set1_ps(terms.norm_factor), _mm512_load_ps(bounds.norm + at),
              _mm512_mul_ps(_mm512_set1_ps(terms.code_factor), _mm512_load_ps(bounds.residual + at)));
          const __m512 most =
              _mm512_add_ps(_mm512_add_ps(product, error), _mm512_load_ps(shifts.data() + at));
          const __mmask16 found = _mm512_mask_cmp_ps_mask(
              present[half], most, _mm512_set1_ps(shortlist.threshold() - terms.rest), _CMP_NLT_UQ);
          if (found == 0) [[likely]]
            continue;
          Add(found, first + at, _mm512_sub_ps(product, _mm512_load_ps(bounds.offset + at)),
              _mm512_add_ps(error,
                            _mm512_add_ps(_mm512_load_ps(rests.data() + at), _mm512_set1_ps(terms.rest))),
              &shortlist);
        }
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
  std::vector<Query> terms_;
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
