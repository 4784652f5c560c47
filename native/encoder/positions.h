// The numbers of positions and of distances, for every engine.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "encoder/architecture/transformer_spec.h"
#include "encoder/token_batch.h"

namespace densenode {

// The row of the position table for each token of one text; `out` has ids.size() values.
void PositionIds(const AbsolutePositions& positions, std::span<const std::int32_t> ids, std::int32_t* out);

// The same for all texts of a batch, one after another.
std::vector<std::int32_t> PositionIds(const AbsolutePositions& positions, const TokenBatch& batch);

// The bucket of a key `distance` tokens after its query (negative: before it). Half of the buckets are for
// keys after the query; half of each half are for one distance each, the others for ranges that grow up to
// `longest` (Raffel et al. 2020, arXiv:1910.10683).
std::size_t RelativeBucket(std::int64_t distance, std::size_t buckets, std::size_t longest);

// Those of the distances from -length to length - 1, in this order.
std::vector<std::int32_t> RelativeBuckets(const RelativeBias& bias, std::size_t length);

// The keys that the queries from `first` to `last` see of a text of `length` tokens, where they see none
// after them if `causal`, and none more than `window` away: from .first to before .second.
inline std::pair<std::size_t, std::size_t> SeenKeys(bool causal, const std::optional<std::size_t>& window,
                                                    std::size_t first, std::size_t last, std::size_t length) {
  const std::size_t begin = window && first > *window ? first - *window : 0;
  if (causal) return {begin, last + 1};
  return {begin, window ? std::min(length, last + *window + 1) : length};
}

}  // namespace densenode
