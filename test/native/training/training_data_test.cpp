#include "training/training_data.h"

#include <limits>

#include "training/training_batch.h"
#include "training_test_support.h"

namespace densenode {
namespace {

std::vector<std::uint32_t> PositivesOf(const KnownPositives& known, std::size_t query) {
  const auto of = known.Of(query);
  return {of.begin(), of.end()};
}

TEST(TrainingDataTest, EqualVectorsAreOneText) {
  // Documents 0 and 3 are equal, and so are queries 0 and 2.
  const std::vector<float> documents = {1, 0, 0, 1, 1, 1, 1, 0}, queries = {1, 2, 3, 4, 1, 2};
  const std::vector<std::int64_t> positives = {3, 1, 2};
  const KnownPositives known(2, documents, {queries, positives});
  EXPECT_EQ(known.DocumentClass(3), 0u);
  EXPECT_EQ(known.DocumentClass(2), 2u);
  EXPECT_EQ(PositivesOf(known, 0), (std::vector<std::uint32_t>{0, 2}));
  EXPECT_EQ(PositivesOf(known, 1), (std::vector<std::uint32_t>{1}));
  EXPECT_EQ(PositivesOf(known, 2), (std::vector<std::uint32_t>{0, 2}));
}

TEST(TrainingDataTest, NoPositiveCountsAsNegative) {
  const std::vector<float> documents = {1, 0, 0, 1, 1, 1, 1, 0}, queries = {1, 2, 3, 4, 5, 6};
  const std::vector<std::int64_t> positives = {0, 0, 1}, negatives = {2, 3, -1};
  const TrainingData data{2, documents, {queries, positives}, negatives, {}};
  CheckTrainingData(data);
  const KnownPositives known(2, documents, data.training);
  const std::vector<std::uint32_t> rows = {2, 1, 0};
  const auto batch = MakeBatch(data, known, rows);
  // Candidates: documents 1, 0, 0 and then the negatives 3 (a copy of 0) and 2.
  EXPECT_EQ(batch.columns, 5u);
  const auto masked = [&](std::size_t row) {
    const auto of = batch.MaskedOf(row);
    return std::vector<std::uint32_t>(of.begin(), of.end());
  };
  EXPECT_EQ(masked(0), (std::vector<std::uint32_t>{}));
  EXPECT_EQ(masked(1), (std::vector<std::uint32_t>{2, 3}));
  EXPECT_EQ(masked(2), (std::vector<std::uint32_t>{1, 3}));
  EXPECT_NEAR(batch.queries[0], 5 / std::sqrt(61.0f), 1e-6);
}

TEST(TrainingDataTest, RefusesWhatDoesNotFit) {
  const std::vector<float> documents = {1, 0, 0, 1}, queries = {1, 2, 3, 4};
  const std::vector<std::int64_t> positives = {0, 1};
  const TrainingData good{2, documents, {queries, positives}, {}, {}};
  CheckTrainingData(good);
  const auto error = [&](auto change) {
    TrainingData data = good;
    change(&data);
    return ErrorOf([&] { CheckTrainingData(data); });
  };
  const std::vector<std::int64_t> one = {0}, beyond = {0, 2}, missing = {0, -1}, three = {0, 1, 0};
  EXPECT_EQ(error([&](auto* d) { d->training.positives = beyond; }),
            "INVALID_ARGUMENT: positives[1] must be a row of the 2 documents, from 0, not 2");
  EXPECT_NE(error([&](auto* d) { d->training.positives = missing; }), "nothing was thrown");
  EXPECT_EQ(error([&](auto* d) { d->negatives = missing; }), "nothing was thrown");
  EXPECT_NE(error([&](auto* d) { d->negatives = beyond; }), "nothing was thrown");
  EXPECT_NE(error([&](auto* d) { d->negatives = three; }), "nothing was thrown");
  EXPECT_NE(error([&](auto* d) { d->training.positives = one; }), "nothing was thrown");
  EXPECT_NE(error([&](auto* d) { d->training = {}; }), "nothing was thrown");
  EXPECT_NE(error([&](auto* d) { d->validation = {queries, beyond}; }), "nothing was thrown");
  const std::vector<float> nan = {1, 2, std::numeric_limits<float>::quiet_NaN(), 1}, zero = {0, 0, 1, 1};
  EXPECT_EQ(error([&](auto* d) { d->training.queries = nan; }),
            "INVALID_ARGUMENT: queries: row 1 holds NaN or infinity");
  EXPECT_EQ(error([&](auto* d) { d->documents = zero; }),
            "INVALID_ARGUMENT: documents: row 0 is all zeros, which has no direction");
}

}  // namespace
}  // namespace densenode
