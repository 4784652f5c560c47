#include <atomic>
#include <limits>
#include <thread>

#include "index_fixture.h"

namespace densenode::test {
namespace {

constexpr std::size_t kDimension = 16;

TEST(TinySearch, FindsTheNearest) {
  for (const Metric metric : {Metric::kInnerProduct, Metric::kL2, Metric::kCosine, Metric::kL1}) {
    const auto vectors = Clustered(500, kDimension, 1);
    const auto index = Built("Flat", kDimension, metric, vectors);
    for (std::size_t n : {0, 1, 2}) {
      const auto queries = Clustered(n, kDimension, 2);
      Result found{std::vector<std::int64_t>(n * 10), std::vector<float>(n * 10)};
      EXPECT_TRUE(index->SearchIfTiny(queries, 10, {}, found.ids.data(), found.scores.data()));
      ExpectSame(found, BruteForce(vectors, queries, kDimension, metric, 10));
    }
    std::vector<float> no_number(kDimension, std::numeric_limits<float>::quiet_NaN());
    std::int64_t id;
    float score;
    EXPECT_ERROR(index->SearchIfTiny(no_number, 1, {}, &id, &score), ErrorCode::kInvalidArgument, "query");
  }
}

TEST(TinySearch, LeavesWhatTakesLonger) {
  const auto few = Clustered(500, kDimension, 1), many = Clustered(5000, kDimension, 1);
  const auto query = Clustered(1, kDimension, 2);
  Result found{std::vector<std::int64_t>(1 << 16, 7), std::vector<float>(1 << 16)};
  const auto answers = [&](const std::shared_ptr<VectorIndex>& index, std::span<const float> queries,
                           std::size_t k) {
    return index->SearchIfTiny(queries, k, {}, found.ids.data(), found.scores.data());
  };
  const auto tiny = Built("Flat", kDimension, Metric::kL2, few);
  EXPECT_FALSE(answers(Built("Flat", kDimension, Metric::kL2, many), query, 1));
  EXPECT_FALSE(answers(Built("HNSW8", kDimension, Metric::kL2, few), query, 1));
  EXPECT_FALSE(answers(tiny, few, 1));
  EXPECT_FALSE(answers(tiny, query, 1 << 16));
  EXPECT_EQ(found.ids, std::vector<std::int64_t>(1 << 16, 7));
  tiny->Upgrade("HNSW8", {}, false, nullptr);
  EXPECT_FALSE(answers(tiny, query, 1));
}

// Whenever it answers, it is the answer before a change or after it; where it does not, nothing is written.
TEST(TinySearch, AnswersOfOneMomentWhileTheIndexChanges) {
  constexpr std::int64_t kUntouched = -7, kComing = 100;
  const auto vectors = Clustered(100, kDimension, 1), query = Clustered(1, kDimension, 2);
  const auto index = Built("Flat", kDimension, Metric::kL2, vectors);
  const std::int64_t nearest = BruteForce(vectors, query, kDimension, Metric::kL2, 1).ids[0];
  std::atomic<bool> stop{false};
  std::thread writer([&] {
    while (!stop) {
      index->Add(query, std::vector{kComing});
      index->Remove(std::vector{kComing});
    }
  });
  for (int answers = 0; answers < 2000;) {
    std::int64_t id = kUntouched;
    float score;
    const bool answered = index->SearchIfTiny(query, 1, {}, &id, &score);
    answers += answered ? 1 : 0;
    EXPECT_TRUE(answered ? id == nearest || id == kComing : id == kUntouched) << id;
  }
  stop = true;
  writer.join();
}

}  // namespace
}  // namespace densenode::test
