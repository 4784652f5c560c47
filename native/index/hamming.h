// The nearest of many codes by the number of bits that differ.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "common/top_hits.h"

namespace densenode {

class Selection;

// Codes of 64-bit words, one after another.
struct HammingCodes {
  const std::uint64_t* data = nullptr;
  std::size_t words = 0;  // of one code
  std::size_t count = 0;
};

// The score of a distance: codes that are nearer score higher, and none scores 0, which TopHits leaves out.
inline float HammingScore(std::uint32_t distance, std::size_t words) {
  return static_cast<float>(words * 64 + 1 - distance);
}
inline std::uint32_t HammingDistance(float score, std::size_t words) {
  return static_cast<std::uint32_t>(words * 64 + 1) - static_cast<std::uint32_t>(score);
}

// Offers the codes to the hits of each query, under their positions from `first` on. `queries`: as many codes
// as there are hits. `allowed`: the positions that may be among the hits; null for all.
void ScanHamming(const HammingCodes& codes, std::uint64_t first, const std::uint64_t* queries,
                 std::span<TopHits> hits, const Selection* allowed);

}  // namespace densenode
