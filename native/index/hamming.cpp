#include "index/hamming.h"

#include <bit>

#include "index/filter_selection.h"

namespace densenode {
namespace {

// Words known when compiled are counted without a loop.
template <std::size_t kWords>
std::uint32_t Distance(const std::uint64_t* a, const std::uint64_t* b, std::size_t words) {
  if (kWords != 0) words = kWords;
  int bits = 0;
  for (std::size_t i = 0; i < words; ++i) bits += std::popcount(a[i] ^ b[i]);
  return static_cast<std::uint32_t>(bits);
}

template <std::size_t kWords>
void Scan(const HammingCodes& codes, std::uint64_t first, const std::uint64_t* queries,
          std::span<TopHits> hits, const Selection* allowed) {
  const std::size_t words = kWords != 0 ? kWords : codes.words;
  for (TopHits& of_query : hits) {
    // Scores above 0 are distances below words * 64 + 1.
    std::uint32_t below = HammingDistance(of_query.threshold(), words);
    const std::uint64_t* code = codes.data;
    for (std::size_t i = 0; i < codes.count; ++i, code += words) {
      const std::uint32_t distance = Distance<kWords>(code, queries, words);
      if (distance >= below) continue;
      const std::uint64_t position = first + i;
      if (allowed && !allowed->is_member(static_cast<std::int64_t>(position))) continue;
      of_query.Offer(HammingScore(distance, words), position);
      below = HammingDistance(of_query.threshold(), words);
    }
    queries += words;
  }
}

}  // namespace

void ScanHamming(const HammingCodes& codes, std::uint64_t first, const std::uint64_t* queries,
                 std::span<TopHits> hits, const Selection* allowed) {
  switch (codes.words) {  // of 384, 512, 768, 1,024 and 1,536 dimensions
    case 6:
      return Scan<6>(codes, first, queries, hits, allowed);
    case 8:
      return Scan<8>(codes, first, queries, hits, allowed);
    case 12:
      return Scan<12>(codes, first, queries, hits, allowed);
    case 16:
      return Scan<16>(codes, first, queries, hits, allowed);
    case 24:
      return Scan<24>(codes, first, queries, hits, allowed);
    default:
      return Scan<0>(codes, first, queries, hits, allowed);
  }
}

}  // namespace densenode
