#include "index/cpu/panel_scan.h"

#include <immintrin.h>

#include <algorithm>
#include <array>
#include <numeric>

#include "encoder/cpu/bf16.h"
#include "encoder/cpu/lanes.h"
#include "index/candidate_scan.h"

namespace densenode::cpu {
namespace {

void Add(__mmask16 found, std::size_t first, __m512 scores, __m512 errors, const Selected* selected,
         Shortlist* shortlist) {
  alignas(64) std::array<float, 16> score, error;
  _mm512_store_ps(score.data(), scores);
  _mm512_store_ps(error.data(), errors);
  for (; found != 0; found &= static_cast<__mmask16>(found - 1)) {
    const auto i = static_cast<std::size_t>(__builtin_ctz(found));
    if (score[i] + error[i] < shortlist->threshold() || (selected && !selected->Takes(first + i))) continue;
    shortlist->Add(first + i, score[i], error[i]);
  }
}

}  // namespace

CodedQuery::CodedQuery(const float* query, std::size_t dimension, std::int8_t* its_codes) : codes(its_codes) {
  const CodeLengths lengths = CodeQuery(query, dimension, its_codes);
  scale = lengths.scale;
  square = lengths.square;
  norm_factor = lengths.residual;
  code_factor = lengths.norm + lengths.residual;
  rest = RestOf(lengths.norm, dimension);
  correction = -kZeroCode * std::accumulate(its_codes, its_codes + dimension, std::int32_t{0});
}

PanelScan::PanelScan(std::size_t dimension, std::size_t rows)
    : layout_(dimension),
      codes_(RoundUp(rows, kTileRows) * layout_.padded),
      terms_(RoundUp(rows, kQueryRows) / kQueryRows) {
  std::fill_n(codes_.data(), codes_.size(), std::int8_t{0});
}

void PanelScan::Set(std::size_t row, const CodedQuery& query) {
  std::int8_t* to =
      codes_.data() + row / kTileRows * layout_.blocks() * kQueryTile + row % kTileRows * kByteBlock;
  for (std::size_t block = 0; block < layout_.blocks(); ++block, to += kQueryTile) {
    std::copy_n(query.codes + block * kByteBlock, kByteBlock, to);
  }
  Terms& terms = terms_[row / kQueryRows];
  const std::size_t at = row % kQueryRows;
  terms.scale[at] = query.scale;
  terms.norm_factor[at] = query.norm_factor;
  terms.code_factor[at] = query.code_factor;
  terms.rest[at] = query.rest;
  terms.correction[at] = query.correction;
}

void PanelScan::Scan(const ByteKernel& kernel, const std::uint8_t* panel, std::size_t first,
                     std::size_t count, const Selected* selected, std::size_t rows,
                     Shortlist* const* shortlists) const {
  alignas(64) std::int32_t products[kQueryRows * kPanelVectors];
  const PanelBounds& bounds = layout_.bounds(panel);
  for (std::size_t query = 0; query < rows; query += kQueryRows) {
    const std::size_t here = std::min(kQueryRows, rows - query);
    kernel.multiply(codes_.data() + query * layout_.padded, panel, layout_.blocks(), here, products);
    Collect(products, terms_[query / kQueryRows], bounds, first, count, selected, here, shortlists + query);
  }
}

void PanelScan::Collect(const std::int32_t* products, const Terms& queries, const PanelBounds& bounds,
                        std::size_t first, std::size_t count, const Selected* selected, std::size_t rows,
                        Shortlist* const* shortlists) const {
  const __m512 rest_factor = _mm512_set1_ps(RestOf(1, layout_.dimension));
  for (std::size_t i = 0; i < rows; ++i) {
    Shortlist& shortlist = *shortlists[i];
    const std::int32_t* const of_query = products + i * kPanelVectors;
    const __m512i correction = _mm512_set1_epi32(queries.correction[i]);
    const __m512 scale = _mm512_set1_ps(queries.scale[i]);
    const auto product = [&](std::size_t at) {
      return _mm512_mul_ps(_mm512_cvtepi32_ps(_mm512_add_epi32(_mm512_load_si512(of_query + at), correction)),
                           _mm512_mul_ps(scale, _mm512_load_ps(bounds.scale + at)));
    };
    // With the largest error of the panel most vectors are ruled out in fewer steps.
    const float limit = shortlist.threshold() - queries.rest[i];
    const float least =
        limit - (queries.norm_factor[i] * bounds.most_norm + queries.code_factor[i] * bounds.most_residual);
    // Not "at least": a NaN must not hide a vector.
    const auto passes = [&](std::size_t at) {
      return _mm512_cmp_ps_mask(_mm512_add_ps(product(at), _mm512_load_ps(bounds.shift + at)),
                                _mm512_set1_ps(least), _CMP_NLT_UQ);
    };
    const std::uint32_t both = passes(0) | std::uint32_t{passes(16)} << 16;
    if (both == 0) [[likely]]
      continue;
    for (std::size_t at = 0; at < count; at += 16) {
      const __m512 norm = _mm512_load_ps(bounds.norm + at);
      const __m512 error = _mm512_fmadd_ps(
          _mm512_set1_ps(queries.norm_factor[i]), norm,
          _mm512_mul_ps(_mm512_set1_ps(queries.code_factor[i]), _mm512_load_ps(bounds.residual + at)));
      const __m512 most = _mm512_add_ps(_mm512_add_ps(product(at), error), _mm512_load_ps(bounds.shift + at));
      const __mmask16 found =
          _mm512_mask_cmp_ps_mask(FirstLanes(count - at), most, _mm512_set1_ps(limit), _CMP_NLT_UQ);
      if (found == 0) continue;
      Add(found, first + at, _mm512_sub_ps(product(at), _mm512_load_ps(bounds.offset + at)),
          _mm512_add_ps(error, _mm512_fmadd_ps(rest_factor, _mm512_mul_ps(norm, norm),
                                               _mm512_set1_ps(queries.rest[i]))),
          selected, &shortlist);
    }
  }
}

}  // namespace densenode::cpu
