#include "encoder/batching.h"

#include <algorithm>
#include <numeric>

namespace densenode {

BatchPlan PlanBatches(std::span<const std::int32_t> token_counts, const BatchLimits& limits) {
  BatchPlan plan;
  plan.order.reserve(token_counts.size());
  std::size_t total = 0;
  for (std::size_t i = 0; i < token_counts.size(); ++i) {
    if (token_counts[i] <= 0) continue;
    plan.order.push_back(static_cast<std::uint32_t>(i));
    total += static_cast<std::size_t>(token_counts[i]);
  }
  std::stable_sort(plan.order.begin(), plan.order.end(),
                   [&](std::uint32_t a, std::uint32_t b) { return token_counts[a] > token_counts[b]; });

  std::size_t budget = limits.max_tokens;
  if (limits.min_batches > 1) {
    const std::size_t share = (total + limits.min_batches - 1) / limits.min_batches;
    budget = std::min(budget, std::max(share, limits.min_tokens));
  }
  for (std::size_t first = 0; first < plan.order.size();) {
    const auto length = static_cast<std::size_t>(token_counts[plan.order[first]]);
    const std::size_t count =
        std::clamp<std::size_t>(budget / length, 1, std::max<std::size_t>(1, limits.max_texts));
    const std::size_t taken = std::min(count, plan.order.size() - first);
    plan.batches.push_back({first, taken, length});
    first += taken;
  }
  return plan;
}

}  // namespace densenode
