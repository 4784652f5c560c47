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
    BatchPlan::Batch batch{first, 0, static_cast<std::size_t>(token_counts[plan.order[first]]), 0};
    for (std::size_t next = first; next < plan.order.size(); ++next) {
      const auto tokens = static_cast<std::size_t>(token_counts[plan.order[next]]);
      if (batch.count > 0 && (batch.tokens + tokens > budget ||
                              (batch.count + 1) * batch.length > budget * limits.padding_factor ||
                              batch.count >= limits.max_texts)) {
        break;
      }
      ++batch.count;
      batch.tokens += tokens;
    }
    plan.batches.push_back(batch);
    first += batch.count;
  }
  return plan;
}

}  // namespace densenode
