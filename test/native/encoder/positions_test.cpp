// Numbers of positions and distances against those that Python's transformers computes.
#include "encoder/positions.h"

#include <gtest/gtest.h>

namespace densenode {
namespace {

using Ids = std::vector<std::int32_t>;

TEST(PositionIds, CountEveryText) {
  const AbsolutePositions bert{{{}, 512}, 0, std::nullopt};
  const TokenBatch batch{.ids = {7, 0, 9, 8, 7}, .type_ids = Ids(5), .lengths = {3, 2}};
  EXPECT_EQ(PositionIds(bert, batch), (Ids{0, 1, 2, 0, 1}));
  EXPECT_EQ(bert.most_tokens(), 512u);
}

// create_position_ids_from_input_ids of RoBERTa: padding, in the midst of a text too, keeps the padding's
// row.
TEST(PositionIds, PassOverPadding) {
  const AbsolutePositions roberta{{{}, 514}, 2, 1};
  const TokenBatch batch{.ids = {0, 1, 9, 1, 2, 5}, .type_ids = Ids(6), .lengths = {5, 1}};
  EXPECT_EQ(PositionIds(roberta, batch), (Ids{2, 1, 3, 1, 4, 2}));
  EXPECT_EQ(roberta.most_tokens(), 512u);
}

// MPNetEncoder.relative_position_bucket of transformers 5.23; ends of the ranges, where rounding decides.
TEST(RelativeBucket, IsThatOfTransformers) {
  const std::pair<std::int64_t, std::size_t> expected[] = {
      {-600, 15}, {-91, 15}, {-90, 14}, {-64, 14}, {-63, 13}, {-46, 13}, {-45, 12}, {-32, 12},
      {-31, 11},  {-23, 11}, {-22, 10}, {-16, 10}, {-15, 9},  {-12, 9},  {-11, 8},  {-8, 8},
      {-7, 7},    {-1, 1},   {0, 0},    {1, 17},   {7, 23},   {8, 24},   {11, 24},  {12, 25},
      {15, 25},   {16, 26},  {22, 26},  {23, 27},  {31, 27},  {32, 28},  {45, 28},  {46, 29},
      {63, 29},   {64, 30},  {90, 30},  {91, 31},  {600, 31}};
  for (const auto& [distance, bucket] : expected) EXPECT_EQ(RelativeBucket(distance, 32, 128), bucket);
}

TEST(RelativeBuckets, AreThoseOfTheirDistances) {
  const RelativeBias bias{{{}, 32}, 128};
  const Ids buckets = RelativeBuckets(bias, 92);
  ASSERT_EQ(buckets.size(), 184u);
  const std::pair<std::int64_t, std::int32_t> expected[] = {{-92, 15}, {-91, 15}, {-90, 14}, {-1, 1},
                                                            {0, 0},    {1, 17},   {90, 30},  {91, 31}};
  for (const auto& [distance, bucket] : expected) EXPECT_EQ(buckets.at(92 + distance), bucket) << distance;
  EXPECT_TRUE(RelativeBuckets(bias, 0).empty());
}

// Against the definition, key by key.
TEST(SeenKeys, AreThoseThatSomeQuerySees) {
  constexpr std::size_t kLength = 7;
  const std::optional<std::size_t> windows[] = {std::nullopt, 0, 2, 6, 9};
  for (const bool causal : {false, true}) {
    for (const auto& window : windows) {
      const auto sees = [&](std::size_t query, std::size_t key) {
        const std::size_t away = key > query ? key - query : query - key;
        return !(causal && key > query) && away <= window.value_or(kLength);
      };
      for (std::size_t first = 0; first < kLength; ++first) {
        for (std::size_t last = first; last < kLength; ++last) {
          const auto [begin, end] = SeenKeys(causal, window, first, last, kLength);
          for (std::size_t key = 0; key < kLength; ++key) {
            bool seen = false;
            for (std::size_t query = first; query <= last; ++query) seen |= sees(query, key);
            EXPECT_EQ(key >= begin && key < end, seen) << causal << first << last << key;
          }
        }
      }
    }
  }
}

}  // namespace
}  // namespace densenode
