// Some queries against panels of codes (byte_codes.h): products of bytes, and the bounds of candidate_scan.h
// that choose what may be among the nearest.
#pragma once

#include <faiss/impl/IDSelector.h>

#include <cstddef>
#include <cstdint>
#include <vector>

#include "common/aligned_buffer.h"
#include "index/cpu/byte_codes.h"
#include "index/cpu/byte_kernel.h"
#include "index/shortlist.h"

namespace densenode::cpu {

// A query and what bounds need to know of it: |error| <= norm_factor x the vector's norm + code_factor x its
// residual + rest + the vector's rest.
struct CodedQuery {
  // `codes`: CodeLayout::padded values, zero from `dimension` on; they must live as long as this.
  CodedQuery(const float* query, std::size_t dimension, std::int8_t* codes);

  const std::int8_t* codes;
  float scale, square, norm_factor, code_factor, rest;
  std::int32_t correction;  // takes the 128 of codes out of products
};

// Which vectors may be found.
struct Selected {
  const faiss::IDSelector* selector;
  std::int64_t shift;          // to a position
  const faiss::idx_t* labels;  // at shifted positions; null: they are the labels

  bool Takes(std::size_t position) const {
    const std::int64_t at = static_cast<std::int64_t>(position) + shift;
    return selector->is_member(labels ? labels[at] : at);
  }
};

class PanelScan {
 public:
  PanelScan(std::size_t dimension, std::size_t rows);

  void Set(std::size_t row, const CodedQuery& query);
  // Adds what may be among the nearest out of the `count` vectors of a panel, at positions from `first` on,
  // to *shortlists[row] of the first `rows` queries. `selected` may be null: all. Inside of a KernelScope.
  void Scan(const ByteKernel& kernel, const std::uint8_t* panel, std::size_t first, std::size_t count,
            const Selected* selected, std::size_t rows, Shortlist* const* shortlists) const;

  const CodeLayout& layout() const { return layout_; }

 private:
  static constexpr std::size_t kQueryRows = 32;  // of one product
  struct Terms {
    alignas(64) float scale[kQueryRows] = {};
    float norm_factor[kQueryRows] = {}, code_factor[kQueryRows] = {}, rest[kQueryRows] = {};
    std::int32_t correction[kQueryRows] = {};
  };

  // Adds the vectors of a panel that may be among the nearest to the shortlists of the queries of a product.
  void Collect(const std::int32_t* products, const Terms& queries, const PanelBounds& bounds,
               std::size_t first, std::size_t count, const Selected* selected, std::size_t rows,
               Shortlist* const* shortlists) const;

  const CodeLayout layout_;
  AlignedBuffer<std::int8_t> codes_;  // of queries, as ByteKernel takes them
  std::vector<Terms> terms_;
};

}  // namespace densenode::cpu
