#include "training/adapter_trainer.h"

#include <future>
#include <random>

#include "training/training_job.h"
#include "training_test_support.h"

namespace densenode {
namespace {

constexpr std::size_t kDimension = 8;

// Queries are documents turned by a fixed matrix, with noise: what a linear adapter can learn.
struct Turned {
  explicit Turned(std::size_t count) {
    std::mt19937 random(3);
    std::normal_distribution<float> normal;
    std::vector<float> turn(kDimension * kDimension);
    for (float& value : turn) value = normal(random);
    for (std::size_t i = 0; i < count; ++i) {
      std::vector<float> document(kDimension);
      for (float& value : document) value = normal(random);
      documents.insert(documents.end(), document.begin(), document.end());
      for (std::size_t r = 0; r < kDimension; ++r) {
        float sum = 0.3f * normal(random);
        for (std::size_t c = 0; c < kDimension; ++c) sum += turn[r * kDimension + c] * document[c];
        queries.push_back(sum);
      }
      positives.push_back(static_cast<std::int64_t>(i));
    }
  }
  // The first `count` pairs for training, the others for validation.
  TrainingData Split(std::size_t count) const {
    const std::span<const float> all(queries);
    const std::span<const std::int64_t> rows(positives);
    return {kDimension,
            documents,
            {all.first(count * kDimension), rows.first(count)},
            {},
            {all.subspan(count * kDimension), rows.subspan(count)}};
  }
  std::vector<float> documents, queries;
  std::vector<std::int64_t> positives;
};

TrainingOptions Options() {
  return {.temperature = 0.1f, .epochs = 8, .batch_size = 32, .learning_rate = 0.02, .patience = 8};
}

void TrainToTheEnd(AdapterTrainer* trainer) {
  while (auto phase = trainer->Next())
    for (std::size_t i = phase->items; i-- > 0;) phase->body(i);  // the order must not matter
}

TEST(AdapterTrainerTest, LearnsWhatALinearMapCanDo) {
  const Turned pairs(300);
  AdapterTrainer trainer(pairs.Split(200), Options());
  TrainToTheEnd(&trainer);
  const TrainingHistory& history = trainer.history();
  EXPECT_EQ(trainer.steps(), 8u * 7);
  ASSERT_EQ(history.losses.size(), 8u);
  ASSERT_EQ(history.validation.size(), 9u);
  EXPECT_LT(history.losses.back(), history.losses.front() / 2);
  EXPECT_GT(history.validation.back(), 4 * history.validation.front());
}

// The mean reciprocal rank, recomputed from the adapter itself.
TEST(AdapterTrainerTest, KeepsTheBestEpochAndSaysItsRank) {
  const Turned pairs(120);
  const TrainingData data = pairs.Split(80);
  AdapterTrainer trainer(data, Options());
  TrainToTheEnd(&trainer);
  const auto adapter = trainer.MakeAdapter("turned");
  EXPECT_EQ(adapter->model(), "turned");
  std::vector<float> adapted(data.validation.queries.size());
  adapter->Apply(data.validation.queries.data(), data.validation.positives.size(), adapted.data());
  double sum = 0;
  for (std::size_t i = 0; i < data.validation.positives.size(); ++i) {
    const auto cosine = [&](std::size_t row) {
      const float* document = pairs.documents.data() + row * kDimension;
      const float dot =
          std::inner_product(document, document + kDimension, adapted.data() + i * kDimension, 0.0f);
      return dot / std::sqrt(std::inner_product(document, document + kDimension, document, 0.0f));
    };
    std::size_t rank = 1;
    for (std::size_t row = 0; row < 120; ++row) rank += cosine(row) > cosine(80 + i);
    sum += 1 / static_cast<double>(rank);
  }
  const auto& validation = trainer.history().validation;
  const double best = *std::max_element(validation.begin(), validation.end());
  EXPECT_EQ(validation[trainer.history().best_epoch], best);
  EXPECT_NEAR(sum / static_cast<double>(data.validation.positives.size()), best, 0.01);
}

TEST(AdapterTrainerTest, StopsWhenValidationNoLongerRises) {
  // Validation asks for documents that the queries have nothing to do with: no epoch helps.
  Turned pairs(60);
  for (std::size_t i = 40; i < 60; ++i) pairs.positives[i] = static_cast<std::int64_t>((i * 7) % 40);
  for (std::size_t i = 40 * kDimension; i < pairs.queries.size(); ++i)
    pairs.queries[i] = pairs.documents[(pairs.positives[i / kDimension]) * kDimension + i % kDimension];
  TrainingOptions options = Options();
  options.epochs = 100;
  options.patience = 2;
  AdapterTrainer trainer(pairs.Split(40), options);
  TrainToTheEnd(&trainer);
  // The identity is best: validation queries are their documents.
  EXPECT_EQ(trainer.history().best_epoch, 0u);
  EXPECT_EQ(trainer.history().losses.size(), 2u);
  const auto adapter = trainer.MakeAdapter("");
  for (std::size_t i = 0; i < kDimension * kDimension; ++i)
    EXPECT_EQ(adapter->weight()[i], i % (kDimension + 1) == 0 ? 1 : 0);
}

TEST(AdapterTrainerTest, TheSameSeedGivesTheSameAdapter) {
  const Turned pairs(100);
  const auto weight = [&](std::uint64_t seed) {
    TrainingOptions options = Options();
    options.seed = seed;
    AdapterTrainer trainer(pairs.Split(100), options);
    TrainToTheEnd(&trainer);
    return trainer.MakeAdapter("")->weight();
  };
  EXPECT_EQ(weight(1), weight(1));
  EXPECT_NE(weight(1), weight(2));
}

TEST(AdapterTrainerTest, StrongWeightDecayKeepsTheIdentity) {
  const Turned pairs(100);
  TrainingOptions options = Options();
  options.learning_rate = 1e-3;
  const auto distance = [&](double weight_decay) {
    options.weight_decay = weight_decay;
    AdapterTrainer trainer(pairs.Split(100), options);
    TrainToTheEnd(&trainer);
    double squares = 0;
    const auto adapter = trainer.MakeAdapter("");
    for (std::size_t i = 0; i < kDimension * kDimension; ++i) {
      const double change = adapter->weight()[i] - (i % (kDimension + 1) == 0);
      squares += change * change;
    }
    return std::sqrt(squares);
  };
  EXPECT_LT(distance(900), distance(0) / 5);
}

TEST(AdapterTrainerTest, WithoutBiasThereIsNone) {
  const Turned pairs(40);
  TrainingOptions options = Options();
  options.bias = false;
  AdapterTrainer trainer(pairs.Split(40), options);
  TrainToTheEnd(&trainer);
  EXPECT_TRUE(trainer.MakeAdapter("")->bias().empty());
}

std::string Train(TrainingRequest request, TrainingResult* result) {
  auto shared = std::make_shared<TrainingResult>();
  std::promise<std::exception_ptr> ended;
  StartTraining(std::move(request), shared, [&](std::exception_ptr error) { ended.set_value(error); });
  const std::exception_ptr error = ended.get_future().get();
  *result = *shared;
  return ErrorOf([&] {
    if (error) std::rethrow_exception(error);
  });
}

TEST(TrainingJobTest, GivesWhatTheTrainerGives) {
  const Turned pairs(300);
  const TrainingData data = pairs.Split(280);
  AdapterTrainer trainer(data, Options());
  TrainToTheEnd(&trainer);
  TrainingRequest request;
  request.data = data;
  request.options = Options();
  std::size_t last = 0;
  request.on_progress = [&](std::size_t steps) { last = steps; };
  TrainingResult result;
  EXPECT_EQ(Train(std::move(request), &result), "nothing was thrown");
  EXPECT_EQ(last, trainer.steps());
  EXPECT_EQ(result.history.losses, trainer.history().losses);
  EXPECT_EQ(result.adapter->weight(), trainer.MakeAdapter("")->weight());
}

TEST(TrainingJobTest, StopsAndFails) {
  const Turned pairs(100);
  TrainingResult result;
  TrainingRequest request;
  request.data = pairs.Split(100);
  request.options = Options();
  request.options.epochs = 1'000'000;
  request.cancellation = std::make_shared<Cancellation>();
  request.on_progress = [cancellation = request.cancellation](std::size_t steps) {
    if (steps == 3) cancellation->Request();
  };
  EXPECT_EQ(Train(request, &result), "ABORTED: the operation was aborted");
  EXPECT_EQ(result.adapter, nullptr);
  request.data.documents = {};
  request.cancellation = nullptr;
  EXPECT_NE(Train(request, &result).find("INVALID_ARGUMENT: positives[0]"), std::string::npos);
}

}  // namespace
}  // namespace densenode
