#include "training/info_nce.h"

#include "training_test_support.h"

namespace densenode {
namespace {

double Loss(const std::vector<double>& similarities, std::size_t positive, double temperature) {
  double sum = 0;
  for (const double value : similarities) sum += std::exp(value / temperature);
  return std::log(sum) - similarities[positive] / temperature;
}

TEST(InfoNceTest, GradientEqualsDifferencesOfTheDefinition) {
  const double temperature = 0.2;
  const std::vector<double> similarities = {0.3, -0.5, 0.9, 0.31, -0.99};
  for (std::size_t positive = 0; positive < similarities.size(); ++positive) {
    std::vector<float> values(similarities.begin(), similarities.end());
    const double loss = InfoNce(values, positive, {}, static_cast<float>(temperature));
    EXPECT_NEAR(loss, Loss(similarities, positive, temperature), 1e-6);
    for (std::size_t j = 0; j < similarities.size(); ++j) {
      auto up = similarities, down = similarities;
      up[j] += 1e-5;
      down[j] -= 1e-5;
      const double difference = (Loss(up, positive, temperature) - Loss(down, positive, temperature)) / 2e-5;
      EXPECT_NEAR(values[j], difference, 1e-5);
    }
  }
}

TEST(InfoNceTest, MaskedColumnsTakeNoPart) {
  std::vector<float> all = {0.3f, 0.9f, -0.5f, 0.8f}, few = {0.3f, -0.5f};
  const std::uint32_t masked[] = {1, 3};
  EXPECT_DOUBLE_EQ(InfoNce(all, 0, masked, 0.1f), InfoNce(few, 0, {}, 0.1f));
  EXPECT_EQ(all, (std::vector<float>{few[0], 0, few[1], 0}));
}

TEST(InfoNceTest, ALonePositiveCostsNothing) {
  std::vector<float> one = {0.7f};
  EXPECT_EQ(InfoNce(one, 0, {}, 0.05f), 0);
  EXPECT_EQ(one[0], 0);
}

TEST(InfoNceTest, SmallTemperaturesDoNotOverflow) {
  std::vector<float> values = {-1, 1, 0};
  EXPECT_NEAR(InfoNce(values, 0, {}, 1e-4f), 2e4, 1);
  EXPECT_NEAR(values[1], 1e4, 1);
}

}  // namespace
}  // namespace densenode
