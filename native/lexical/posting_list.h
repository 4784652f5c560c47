// The documents of a segment that have a word.
#pragma once

#include <immintrin.h>

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>

namespace densenode {

struct PostingList {
  static constexpr std::uint32_t kNone = 0xFFFFFFFF;
  // Documents that are compared at a time.
  static constexpr std::uint32_t kLanes = 16;

  const std::uint16_t* documents = nullptr;  // ascending
  const std::uint16_t* classes = nullptr;
  std::uint32_t size = 0;
  // Some of the list's classes, among them one of the highest impact.
  std::span<const std::uint16_t> best;
  // Of a long list: the first posting of document (i << shift) or behind, for each i. Else null.
  const std::uint16_t* begins = nullptr;
  int shift = 0;
  std::size_t readable = 0;  // documents in memory, of other lists too

  // The posting of a document, or kNone where it has none. One comparison is nearly always enough, and
  // whether it finds the document is no branch: nobody could foresee it.
  std::uint32_t Find(std::uint32_t document) const {
    const __m256i wanted = _mm256_set1_epi16(static_cast<short>(document));
    for (std::uint32_t at = begins ? begins[document >> shift] : 0; at + kLanes <= readable; at += kLanes) {
      const __m256i some = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(documents + at));
      const auto same = static_cast<std::uint32_t>(_mm256_movemask_epi8(_mm256_cmpeq_epi16(some, wanted)));
      if ((same != 0) | (documents[at + kLanes - 1] > document) | (at + kLanes >= size)) {
        at += static_cast<std::uint32_t>(std::countr_zero(same)) / 2;
        return (same != 0) & (at < size) ? at : kNone;  // behind the end another list begins
      }
    }
    const auto* const found = std::lower_bound(documents, documents + size, document);
    return found < documents + size && *found == document ? static_cast<std::uint32_t>(found - documents)
                                                          : kNone;
  }
};

}  // namespace densenode
