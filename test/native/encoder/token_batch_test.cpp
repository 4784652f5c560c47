#include "encoder/token_batch.h"

#include <algorithm>
#include <numeric>
#include <random>

#include "encoder_test_support.h"

namespace densenode {
namespace {

using Ids = std::vector<std::int32_t>;

TEST(TokenBatch, IsPaddedWithThePadId) {
  const PaddedBatch padded =
      Pad({.ids = {1, 2, 3, 4, 5, 6}, .type_ids = {0, 0, 1, 0, 1, 1}, .lengths = {3, 1, 2}, .pad_id = 9});
  EXPECT_EQ(padded.count, 3u);
  EXPECT_EQ(padded.length, 3u);
  EXPECT_EQ(padded.ids, (Ids{1, 2, 3, 4, 9, 9, 5, 6, 9}));
  EXPECT_EQ(padded.type_ids, (Ids{0, 0, 1, 0, 0, 0, 1, 1, 0}));
  EXPECT_EQ(padded.lengths, (Ids{3, 1, 2}));
  EXPECT_EQ(padded.seen, (Ids{3, 1, 2})) << "all tokens are attended to where nothing else is said";
}

TEST(TokenBatch, SaysWhichTokensAreAttendedTo) {
  const PaddedBatch padded =
      Pad({.ids = {1, 2, 3}, .type_ids = Ids(3), .lengths = {2, 1}, .seen = {1, 1}, .pad_id = 0});
  EXPECT_EQ(padded.lengths, (Ids{2, 1}));
  EXPECT_EQ(padded.seen, (Ids{1, 1}));
}

TEST(TokenBatch, DescribesItsPacking) {
  const TokenBatch batch{.ids = {1, 2, 3, 4, 5, 6}, .type_ids = Ids(6), .lengths = {3, 1, 2}};
  const Packing packing = DescribePacking(batch, batch.longest());
  EXPECT_EQ(packing.cumulative, (Ids{0, 3, 4, 6}));
  EXPECT_EQ(packing.token_offset, (Ids{0, 1, 2, 3, 6, 7, /*padding*/ 4, 5, 8}));
}

// Every place of the padded batch once, tokens first, whatever the lengths; a text of no tokens too.
TEST(TokenBatch, TokenOffsetsAreAPermutation) {
  std::mt19937 random(11);
  for (int round = 0; round < 200; ++round) {
    TokenBatch batch;
    for (std::size_t i = 0, count = 1 + random() % 20; i < count; ++i)
      batch.lengths.push_back(static_cast<std::int32_t>(random() % 9));
    const auto tokens =
        static_cast<std::size_t>(std::accumulate(batch.lengths.begin(), batch.lengths.end(), 0));
    batch.ids.resize(tokens);
    const std::size_t longest = batch.longest() + random() % 3;
    Packing packing = DescribePacking(batch, longest);
    ASSERT_EQ(packing.token_offset.size(), batch.count() * longest);
    for (std::size_t text = 0, token = 0; text < batch.count(); ++text) {
      ASSERT_EQ(packing.cumulative[text], static_cast<std::int32_t>(token));
      for (std::int32_t i = 0; i < batch.lengths[text]; ++i, ++token)
        ASSERT_EQ(packing.token_offset[token], static_cast<std::int32_t>(text * longest) + i);
    }
    std::sort(packing.token_offset.begin(), packing.token_offset.end());
    Ids every(packing.token_offset.size());
    std::iota(every.begin(), every.end(), 0);
    ASSERT_EQ(packing.token_offset, every);
  }
}

}  // namespace
}  // namespace densenode
