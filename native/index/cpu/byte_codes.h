// Vectors and queries of one byte for each value.
#pragma once

#include <faiss/MetricType.h>

#include <cstddef>
#include <cstdint>

#include "encoder/cpu/bf16.h"
#include "index/candidate_scan.h"
#include "index/cpu/byte_kernel.h"

namespace densenode::cpu {

struct CodeLengths {
  float scale;
  float square;    // of the norm, with the rounding of a sum
  float norm;      // not less
  float residual;  // the norm of what rounding took, not less
};

// What bounds need to know of the vectors of a panel (candidate_scan.h).
struct alignas(64) PanelBounds {
  float scale[kPanelVectors];
  float norm[kPanelVectors];
  float residual[kPanelVectors];
  float offset[kPanelVectors];  // taken from products: half the squared norm for l2
  float shift[kPanelVectors];   // what of a bound from above is the same for all queries: rest - offset
  float most_norm, most_residual;
};

// What sums may be off for a vector of this norm.
inline float RestOf(float norm, std::size_t dimension) { return 2 * SumError(dimension) * norm * norm; }

// What a code of a vector is for 0.
constexpr int kZeroCode = 128;

// Where things are in the codes of vectors: panels, each with its bounds behind it, so that a search reads
// one stream.
struct CodeLayout {
  explicit CodeLayout(std::size_t its_dimension)
      : dimension(its_dimension), padded(RoundUp(its_dimension, kByteBlock)) {}

  std::size_t blocks() const { return padded / kByteBlock; }
  std::size_t panel_bytes() const { return blocks() * kBytePanelBlock + sizeof(PanelBounds); }
  std::size_t bytes(std::size_t vectors) const {
    return RoundUp(vectors, kPanelVectors) / kPanelVectors * panel_bytes();
  }
  const PanelBounds& bounds(const std::uint8_t* panel) const {
    return *reinterpret_cast<const PanelBounds*>(panel + blocks() * kBytePanelBlock);
  }

  std::size_t dimension, padded;
};

// Codes of 1 to 255 for a vector, 128 for 0. Of one without a plain norm nothing is known: its residual is
// infinite, and its codes stay as they are.
CodeLengths CodeVector(const float* vector, std::size_t dimension, std::uint8_t* codes);
// Codes of -127 to 127 for a query with a plain norm; `codes` beyond `dimension` stay as they are.
CodeLengths CodeQuery(const float* query, std::size_t dimension, std::int8_t* codes);

// Writes layout.bytes(count) bytes, aligned to cache lines.
void CodeVectors(const CodeLayout& layout, faiss::MetricType metric, const float* vectors, std::size_t count,
                 std::uint8_t* out);

}  // namespace densenode::cpu
