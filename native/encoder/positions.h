// The numbers of positions and of distances, for every engine.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
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

}  // namespace densenode
