// Cuts texts into batches of like length, so that next to nothing is padded.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace densenode {

// A text over a limit gets a batch of its own.
struct BatchLimits {
  std::size_t max_tokens;  // most tokens of one batch, padding not counted
  // Texts x longest text is at most this many times max_tokens: 1 where padding costs as much as tokens do,
  // more where it costs little.
  std::size_t padding_factor;
  std::size_t max_texts;
  // Cut smaller, down to min_tokens a batch, until there are this many: one for each that can work at once.
  std::size_t min_batches;
  std::size_t min_tokens;
};

struct BatchPlan {
  struct Batch {
    std::size_t first;  // order[first, first + count)
    std::size_t count;
    std::size_t length;  // tokens of its longest text
    std::size_t tokens;  // of all its texts
  };
  std::vector<std::uint32_t> order;  // texts, longest first; equal lengths in the given order
  std::vector<Batch> batches;        // longest first, so that the last ones to finish are short
};

// `token_counts[i]` is the length of text i. Texts of no tokens are in no batch.
BatchPlan PlanBatches(std::span<const std::int32_t> token_counts, const BatchLimits& limits);

}  // namespace densenode
