// Cuts texts into batches of like length, so that next to nothing is padded.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace densenode {

struct BatchLimits {
  std::size_t
      max_tokens;  // most padded tokens (texts x longest text) of one batch; a longer text gets its own
  std::size_t max_texts;  // most texts of one batch
  std::size_t
      min_batches;  // cut smaller, down to min_tokens a batch, until there are this many: one for each thread
  std::size_t min_tokens;
};

struct BatchPlan {
  struct Batch {
    std::size_t first;  // order[first, first + count)
    std::size_t count;
    std::size_t length;  // tokens of its longest text: what every row is padded to
  };
  std::vector<std::uint32_t> order;  // texts, longest first; equal lengths in the given order
  std::vector<Batch> batches;        // longest first, so that the last ones to finish are short
};

// `token_counts[i]` is the length of text i. Texts of no tokens are in no batch.
BatchPlan PlanBatches(std::span<const std::int32_t> token_counts, const BatchLimits& limits);

}  // namespace densenode
