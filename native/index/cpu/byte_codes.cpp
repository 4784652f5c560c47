#include "index/cpu/byte_codes.h"

#include <immintrin.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "common/aligned_buffer.h"
#include "encoder/cpu/lanes.h"
#include "encoder/cpu/transpose_pairs.h"

namespace densenode::cpu {
namespace {

constexpr float kMostCode = 127;

// Codes of a row with a plain norm, `square` its square; `shift` is added to each.
template <int kShift>
CodeLengths CodeRow(const float* row, std::size_t dimension, float square, float most, std::uint8_t* codes) {
  const float scale = most / kMostCode;
  const __m512 scales = _mm512_set1_ps(scale), inverse = _mm512_set1_ps(kMostCode / most);
  __m512 losses = _mm512_setzero_ps();
  for (std::size_t i = 0; i < dimension; i += 16) {
    const __mmask16 lanes = FirstLanes(dimension - i);
    const __m512 values = _mm512_maskz_loadu_ps(lanes, row + i);
    const __m512i whole = _mm512_cvtps_epi32(_mm512_mul_ps(values, inverse));  // to nearest
    const __m512 lost = _mm512_fnmadd_ps(_mm512_cvtepi32_ps(whole), scales, values);
    losses = _mm512_fmadd_ps(lost, lost, losses);
    _mm_mask_storeu_epi8(codes + i, lanes,
                         _mm512_cvtepi32_epi8(_mm512_add_epi32(whole, _mm512_set1_epi32(kShift))));
  }
  return {scale, square, kLengthsUp * std::sqrt(square),
          kLengthsUp * std::sqrt(_mm512_reduce_add_ps(losses))};
}

struct Extent {
  float square, most;
};

Extent Measure(const float* row, std::size_t dimension) {
  __m512 squares = _mm512_setzero_ps(), most = _mm512_setzero_ps();
  for (std::size_t i = 0; i < dimension; i += 16) {
    const __m512 values = _mm512_maskz_loadu_ps(FirstLanes(dimension - i), row + i);
    squares = _mm512_fmadd_ps(values, values, squares);
    most = _mm512_max_ps(most, _mm512_abs_ps(values));
  }
  return {_mm512_reduce_add_ps(squares), _mm512_reduce_max_ps(most)};
}

}  // namespace

CodeLengths CodeVector(const float* vector, std::size_t dimension, std::uint8_t* codes) {
  const Extent extent = Measure(vector, dimension);
  if (!HasPlainNorm(kLengthsUp * std::sqrt(extent.square))) {
    return {0, 0, 0, std::numeric_limits<float>::infinity()};
  }
  return CodeRow<kZeroCode>(vector, dimension, extent.square, extent.most, codes);
}

CodeLengths CodeQuery(const float* query, std::size_t dimension, std::int8_t* codes) {
  const Extent extent = Measure(query, dimension);
  return CodeRow<0>(query, dimension, extent.square, extent.most, reinterpret_cast<std::uint8_t*>(codes));
}

void CodeVectors(const CodeLayout& layout, faiss::MetricType metric, const float* vectors, std::size_t count,
                 std::uint8_t* out) {
  AlignedBuffer<std::uint8_t> rows(kPanelVectors * layout.padded);
  std::fill_n(rows.data(), kPanelVectors * layout.padded, static_cast<std::uint8_t>(kZeroCode));
  for (std::size_t first = 0; first < count; first += kPanelVectors, out += layout.panel_bytes()) {
    PanelBounds& bounds = *reinterpret_cast<PanelBounds*>(out + layout.blocks() * kBytePanelBlock);
    for (std::size_t i = 0; i < kPanelVectors; ++i) {
      std::uint8_t* const codes = rows.data() + i * layout.padded;
      CodeLengths lengths{};
      if (first + i < count) {
        lengths = CodeVector(vectors + (first + i) * layout.dimension, layout.dimension, codes);
      }
      bounds.scale[i] = lengths.scale;
      bounds.norm[i] = lengths.norm;
      bounds.residual[i] = lengths.residual;
      bounds.offset[i] = metric == faiss::METRIC_L2 ? 0.5F * lengths.square : 0;
      bounds.shift[i] = RestOf(lengths.norm, layout.dimension) - bounds.offset[i];
    }
    bounds.most_norm = *std::max_element(bounds.norm, bounds.norm + kPanelVectors);
    bounds.most_residual = *std::max_element(bounds.residual, bounds.residual + kPanelVectors);
    for (std::size_t block = 0; block < layout.blocks(); ++block) {
      for (std::size_t half = 0; half < 2; ++half) {
        // Four bytes are a pair of 16 bits.
        TransposePairs(
            reinterpret_cast<const Bf16*>(rows.data() + half * 16 * layout.padded + block * kByteBlock),
            layout.padded / sizeof(Bf16),
            reinterpret_cast<Bf16*>(out + block * kBytePanelBlock + half * kBytePanelBlock / 2));
      }
    }
  }
}

}  // namespace densenode::cpu
