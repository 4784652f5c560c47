#include "encoder/batching.h"

#include <algorithm>
#include <random>

#include "encoder_test_support.h"

namespace densenode {
namespace {

TEST(Batching, CutsUnderTheBudgetLongestFirst) {
  const std::vector<std::int32_t> counts = {3, 10, 3, 7, 10};
  const BatchPlan plan = PlanBatches(
      counts, {.max_tokens = 20, .padding_factor = 1, .max_texts = 100, .min_batches = 1, .min_tokens = 1});
  EXPECT_EQ(plan.order, (std::vector<std::uint32_t>{1, 4, 3, 0, 2}));
  ASSERT_EQ(plan.batches.size(), 3u);  // 10 10 | 7 3 | 3
  EXPECT_EQ(plan.batches[0].count, 2u);
  EXPECT_EQ(plan.batches[1].count, 2u);
  EXPECT_EQ(plan.batches[1].length, 7u);
  EXPECT_EQ(plan.batches[2].first, 4u);
}

TEST(Batching, TextOverTheBudgetGoesAlone) {
  const BatchPlan plan =
      PlanBatches(std::vector<std::int32_t>{5, 500, 5},
                  {.max_tokens = 16, .padding_factor = 1, .max_texts = 9, .min_batches = 1, .min_tokens = 1});
  ASSERT_EQ(plan.batches.size(), 2u);
  EXPECT_EQ(plan.batches[0].count, 1u);
  EXPECT_EQ(plan.batches[0].length, 500u);
}

TEST(Batching, GivesEveryThreadABatchButNotTooSmallOnes) {
  const std::vector<std::int32_t> counts(64, 16);
  const auto batches = [&](std::size_t threads) {
    return PlanBatches(counts, {.max_tokens = 4096,
                                .padding_factor = 1,
                                .max_texts = 512,
                                .min_batches = threads,
                                .min_tokens = 128})
        .batches.size();
  };
  EXPECT_EQ(batches(1), 1u);
  EXPECT_EQ(batches(4), 4u);
  EXPECT_EQ(batches(64), 8u);  // 128 tokens each
}

// Where padding costs little, only real tokens count: up to a factor, since memory is set aside for padding.
TEST(Batching, CountsRealTokens) {
  const std::vector<std::int32_t> counts = {100, 4, 4, 4, 4, 4, 4, 4};
  BatchLimits limits{
      .max_tokens = 112, .padding_factor = 100, .max_texts = 100, .min_batches = 1, .min_tokens = 1};
  BatchPlan plan = PlanBatches(counts, limits);
  ASSERT_EQ(plan.batches.size(), 2u);
  EXPECT_EQ(plan.batches[0].count, 4u);
  EXPECT_EQ(plan.batches[0].tokens, 112u);
  EXPECT_EQ(plan.batches[0].length, 100u);
  EXPECT_EQ(plan.batches[1].tokens, 16u);
  limits.padding_factor = 2;  // 224 places for texts of 100 tokens
  plan = PlanBatches(counts, limits);
  EXPECT_EQ(plan.batches[0].count, 2u);
}

TEST(Batching, HoldsItsPromisesOnRandomLengths) {
  std::mt19937 random(7);
  for (int round = 0; round < 300; ++round) {
    std::vector<std::int32_t> counts(random() % 200);
    for (auto& count : counts) count = static_cast<std::int32_t>(random() % 40);  // 0 too
    const BatchLimits limits{.max_tokens = 1 + random() % 300,
                             .padding_factor = 1 + random() % 5,
                             .max_texts = 1 + random() % 20,
                             .min_batches = random() % 9,
                             .min_tokens = 1 + random() % 64};
    const BatchPlan plan = PlanBatches(counts, limits);
    std::vector<std::uint32_t> seen;
    std::size_t next = 0;
    for (const auto& batch : plan.batches) {
      ASSERT_EQ(batch.first, next);
      ASSERT_GE(batch.count, 1u);
      ASSERT_LE(batch.count, limits.max_texts);
      ASSERT_TRUE(batch.count == 1 ||
                  (batch.tokens <= limits.max_tokens &&
                   batch.count * batch.length <= limits.max_tokens * limits.padding_factor));
      std::size_t tokens = 0;
      for (std::size_t i = 0; i < batch.count; ++i) {
        const auto text = plan.order[batch.first + i];
        ASSERT_LE(static_cast<std::size_t>(counts[text]), batch.length);
        ASSERT_GT(counts[text], 0);
        tokens += static_cast<std::size_t>(counts[text]);
        seen.push_back(text);
      }
      ASSERT_EQ(batch.tokens, tokens);
      next += batch.count;
    }
    std::sort(seen.begin(), seen.end());
    std::vector<std::uint32_t> expected;
    for (std::uint32_t i = 0; i < counts.size(); ++i) {
      if (counts[i] > 0) expected.push_back(i);
    }
    ASSERT_EQ(seen, expected);
  }
}

TEST(Batching, NothingMakesNothing) {
  EXPECT_TRUE(
      PlanBatches({},
                  {.max_tokens = 1, .padding_factor = 1, .max_texts = 1, .min_batches = 4, .min_tokens = 1})
          .batches.empty());
}

}  // namespace
}  // namespace densenode
