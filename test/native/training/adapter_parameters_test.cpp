#include "training/adapter_parameters.h"

#include "training/adam_w.h"
#include "training_test_support.h"

namespace densenode {
namespace {

// The whole of y = x + A x + b, scaling, similarities and InfoNCE in double precision, by its definition.
double Loss(const std::vector<double>& parameters, const TrainingBatch& batch, std::size_t d,
            double temperature) {
  double total = 0;
  for (std::size_t i = 0; i < batch.rows; ++i) {
    std::vector<double> y(d);
    double squares = 0;
    for (std::size_t r = 0; r < d; ++r) {
      y[r] = batch.queries[i * d + r] + parameters[d * d + r];
      for (std::size_t c = 0; c < d; ++c) y[r] += parameters[r * d + c] * batch.queries[i * d + c];
      squares += y[r] * y[r];
    }
    double sum = 0, positive = 0;
    for (std::size_t j = 0; j < batch.columns; ++j) {
      const auto masked = batch.MaskedOf(i);
      if (std::find(masked.begin(), masked.end(), j) != masked.end()) continue;
      double dot = 0;
      for (std::size_t k = 0; k < d; ++k) dot += y[k] * batch.candidates[j * d + k];
      const double value = dot / std::sqrt(squares) / temperature;
      sum += std::exp(value);
      if (j == i) positive = value;
    }
    total += std::log(sum) - positive;
  }
  return total / static_cast<double>(batch.rows);
}

TEST(AdapterParametersTest, GradientEqualsDifferencesOfTheDefinition) {
  const AdapterFixture fixture;
  const std::size_t d = fixture.data.dimension;
  const KnownPositives known(d, fixture.documents, fixture.data.training);
  const std::vector<std::uint32_t> rows = {3, 4, 6, 8, 9, 10, 11, 12};
  const auto batch = MakeBatch(fixture.data, known, rows);
  ASSERT_FALSE(batch.masked.empty());

  AdapterParameters parameters(d, true);
  for (std::size_t i = 0; i < parameters.values.size(); ++i)
    parameters.values[i] = 0.3f * std::sin(static_cast<float>(3 * i + 1));
  std::vector<float> gradient(parameters.values.size());
  const double loss = LossAndGradient(parameters, batch, 0, batch.rows, 0.1f, gradient);
  const std::vector<double> at(parameters.values.begin(), parameters.values.end());
  EXPECT_NEAR(loss, Loss(at, batch, d, 0.1), 1e-5);
  for (std::size_t i = 0; i < at.size(); ++i) {
    auto up = at, down = at;
    up[i] += 1e-5;
    down[i] -= 1e-5;
    EXPECT_NEAR(gradient[i], (Loss(up, batch, d, 0.1) - Loss(down, batch, d, 0.1)) / 2e-5, 1e-5);
  }
}

TEST(AdapterParametersTest, PartsOfABatchAddUp) {
  const AdapterFixture fixture;
  const std::size_t d = fixture.data.dimension;
  const KnownPositives known(d, fixture.documents, fixture.data.training);
  std::vector<std::uint32_t> rows(20);
  std::iota(rows.begin(), rows.end(), 0);
  const auto batch = MakeBatch(fixture.data, known, rows);
  const AdapterParameters parameters(d, true);
  std::vector<float> whole(parameters.values.size()), first(whole), second(whole);
  const double loss = LossAndGradient(parameters, batch, 0, 20, 0.1f, whole);
  EXPECT_NEAR(loss,
              LossAndGradient(parameters, batch, 0, 7, 0.1f, first) +
                  LossAndGradient(parameters, batch, 7, 13, 0.1f, second),
              1e-6);
  for (std::size_t i = 0; i < whole.size(); ++i) first[i] += second[i];
  ExpectNear(first, whole, 1e-6f);
}

TEST(AdapterParametersTest, StepsEqualTorch) {
  AdapterFixture fixture;
  const std::size_t d = fixture.data.dimension;
  const KnownPositives known(d, fixture.documents, fixture.data.training);
  AdapterParameters parameters(d, true);
  AdamW optimizer(parameters.values.size(), {.weight_decay = fixture.json["weightDecay"]});
  std::vector<float> gradient(parameters.values.size());
  for (const Json& step : fixture.json["steps"]) {
    const std::vector<std::uint32_t> rows = step["rows"];
    const auto batch = MakeBatch(fixture.data, known, rows);
    EXPECT_EQ(batch.masked.size(), step["masked"].get<std::size_t>());
    const double loss =
        LossAndGradient(parameters, batch, 0, batch.rows, fixture.json["temperature"], gradient);
    EXPECT_NEAR(loss, step["loss"].get<double>(), 1e-5);
    // From the second step on, the rounding of those before it is carried along.
    ExpectNear(gradient, step["gradient"], &step == &fixture.json["steps"][0] ? 1e-5f : 3e-5f);
    optimizer.BeginStep(fixture.json["learningRate"]);
    // In two parts, as threads share it.
    const auto values = std::span(parameters.values);
    optimizer.Update(100, values.subspan(100), std::span<const float>(gradient).subspan(100));
    optimizer.Update(0, values.first(100), std::span<const float>(gradient).first(100));
  }
  const std::vector<float> change(parameters.values.begin(), parameters.values.begin() + 144);
  ExpectNear(change, fixture.json["change"], 1e-5f);
  ExpectNear({parameters.values.begin() + 144, parameters.values.end()}, fixture.json["bias"], 1e-5f);
}

// sentence-transformers' MultipleNegativesRankingLoss gives the gradient by the queries; at the identity the
// gradient by b, summed over the batch, is that by the queries before their scaling.
TEST(AdapterParametersTest, LossEqualsMultipleNegativesRankingLoss) {
  AdapterFixture fixture;
  const Json& expected = fixture.json["multipleNegatives"];
  const std::vector<std::uint32_t> rows = expected["rows"];
  const std::vector<std::int64_t> negatives = expected["negatives"];
  fixture.data.negatives = {};
  std::vector<std::int64_t> of_all(fixture.positives.size(), -1);
  for (std::size_t i = 0; i < rows.size(); ++i) of_all[rows[i]] = negatives[i];
  fixture.data.negatives = of_all;
  const KnownPositives known(fixture.data.dimension, fixture.documents, fixture.data.training);
  const auto batch = MakeBatch(fixture.data, known, rows);
  ASSERT_TRUE(batch.masked.empty());
  const AdapterParameters parameters(fixture.data.dimension, true);
  std::vector<float> gradient(parameters.values.size());
  const double loss =
      LossAndGradient(parameters, batch, 0, batch.rows, fixture.json["temperature"], gradient);
  EXPECT_NEAR(loss, expected["loss"].get<double>(), 1e-5);

  const std::size_t d = fixture.data.dimension;
  const std::vector<float> by_query = expected["gradient"];
  std::vector<float> bias(d);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const float* query = fixture.queries.data() + rows[i] * d;
    const float length = std::sqrt(std::inner_product(query, query + d, query, 0.0f));
    for (std::size_t k = 0; k < d; ++k) bias[k] += by_query[i * d + k] * length;
  }
  ExpectNear({gradient.end() - static_cast<std::ptrdiff_t>(d), gradient.end()}, bias, 1e-5f);
}

TEST(AdapterParametersTest, StartsAsTheIdentity) {
  const AdapterFixture fixture;
  const KnownPositives known(fixture.data.dimension, fixture.documents, fixture.data.training);
  const std::vector<std::uint32_t> rows = {0, 1, 2};
  const auto batch = MakeBatch(fixture.data, known, rows);
  std::vector<float> out(batch.queries.size());
  Adapt(AdapterParameters(fixture.data.dimension, true), batch.queries.data(), 3, out.data());
  ExpectNear(out, batch.queries, 1e-6f);
}

}  // namespace
}  // namespace densenode
