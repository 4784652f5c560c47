#include "encoder/positions.h"

#include <algorithm>
#include <cmath>

namespace densenode {

void PositionIds(const AbsolutePositions& positions, std::span<const std::int32_t> ids, std::int32_t* out) {
  auto next = static_cast<std::int32_t>(positions.first);
  for (const std::int32_t id : ids) *out++ = id == positions.not_counted ? id : next++;
}

std::vector<std::int32_t> PositionIds(const AbsolutePositions& positions, const TokenBatch& batch) {
  std::vector<std::int32_t> result(batch.ids.size());
  std::size_t first = 0;
  for (const std::int32_t length : batch.lengths) {
    const auto tokens = static_cast<std::size_t>(length);
    PositionIds(positions, std::span(batch.ids).subspan(first, tokens), result.data() + first);
    first += tokens;
  }
  return result;
}

std::size_t RelativeBucket(std::int64_t distance, std::size_t buckets, std::size_t longest) {
  const std::size_t half = buckets / 2, exact = half / 2;
  const std::size_t first = distance > 0 ? half : 0;
  const auto size = static_cast<std::size_t>(std::abs(distance));
  if (size < exact) return first + size;
  // In fp32, as torch computes it: whole results must not round to the bucket below.
  const float share = std::log(static_cast<float>(size) / static_cast<float>(exact)) /
                      static_cast<float>(std::log(static_cast<double>(longest) / static_cast<double>(exact)));
  const auto beyond = static_cast<std::size_t>(share * static_cast<float>(half - exact));
  return first + std::min(exact + beyond, half - 1);
}

std::vector<std::int32_t> RelativeBuckets(const RelativeBias& bias, std::size_t length) {
  std::vector<std::int32_t> buckets;
  buckets.reserve(2 * length);
  const auto end = static_cast<std::int64_t>(length);
  for (std::int64_t distance = -end; distance < end; ++distance)
    buckets.push_back(static_cast<std::int32_t>(RelativeBucket(distance, bias.table.rows, bias.longest)));
  return buckets;
}

}  // namespace densenode
