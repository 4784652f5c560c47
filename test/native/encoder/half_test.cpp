#include "encoder/half.h"

#include <immintrin.h>

#include <cmath>
#include <limits>
#include <random>

#include "encoder/safetensors.h"
#include "encoder_test_support.h"

namespace densenode {
namespace {

std::uint16_t Half(float value) {
  std::uint16_t half = 0;
  EXPECT_TRUE(FloatToHalf(&value, 1, &half)) << value;
  return half;
}

TEST(Half, RoundsToNearestEven) {
  EXPECT_EQ(Half(1.0f), 0x3c00);
  EXPECT_EQ(Half(-2.0f), 0xc000);
  EXPECT_EQ(Half(1.0f + 0x1p-11f), 0x3c00);             // a tie: to the even 1
  EXPECT_EQ(Half(1.0f + 3 * 0x1p-11f), 0x3c02);         // a tie: to the even 1 + 2 / 1024
  EXPECT_EQ(Half(1.0f + 0x1p-11f + 0x1p-20f), 0x3c01);  // just above the tie
  EXPECT_EQ(Half(65504.0f), 0x7bff);                    // the largest
  EXPECT_EQ(Half(65519.9f), 0x7bff);
  EXPECT_EQ(Half(0x1p-24f), 0x0001);  // the smallest
  EXPECT_EQ(Half(0x1p-25f), 0x0000);  // a tie with 0
  EXPECT_EQ(Half(-0.0f), 0x8000);
  EXPECT_EQ(Half(std::numeric_limits<float>::infinity()), 0x7c00);
}

TEST(Half, EveryHalfComesBack) {
  std::vector<float> wide;
  std::vector<std::uint16_t> expected;
  for (std::uint32_t bits = 0; bits < 65536; ++bits) {
    const auto half = static_cast<std::uint16_t>(bits);
    if (std::isnan(_cvtsh_ss(half))) continue;
    expected.push_back(half);
    wide.push_back(_cvtsh_ss(half));
  }
  std::vector<std::uint16_t> halves(wide.size());
  ASSERT_TRUE(FloatToHalf(wide.data(), wide.size(), halves.data()));
  EXPECT_EQ(halves, expected);
}

TEST(Half, FindsWhatIsTooLargeAnywhere) {
  for (std::size_t count = 1; count < 20; ++count) {
    for (std::size_t place = 0; place < count; ++place) {
      std::vector<float> values(count, 1.0f);
      std::vector<std::uint16_t> halves(count);
      ASSERT_TRUE(FloatToHalf(values.data(), count, halves.data()));
      values[place] = place % 2 ? 65520.0f : -1e30f;
      EXPECT_FALSE(FloatToHalf(values.data(), count, halves.data())) << count << " " << place;
    }
  }
}

TEST(Half, WeightsOfEveryTypeBecomeHalves) {
  const fs::path folder = kFixtures / "models";
  const std::string name = "embeddings.word_embeddings.weight";
  for (const char* model : {"tiny-bert-cls", "tiny-bert-fp16", "tiny-bert-bf16"}) {
    const Safetensors file = Safetensors::Open(folder / model / "model.safetensors");
    const std::string tensor = file.Has(name) ? name : "bert." + name;
    const HalfTensor halves = file.Float16(tensor, file.Shape(tensor));
    const FloatTensor floats = file.Float32(tensor, file.Shape(tensor));
    ASSERT_EQ(halves.values.size(), floats.values.size());
    for (std::size_t i = 0; i < halves.values.size(); ++i)
      ASSERT_NEAR(_cvtsh_ss(halves.values[i]), floats.values[i], std::abs(floats.values[i]) / 2048 + 1e-7f);
  }
  EXPECT_ERROR(Safetensors::Open(folder / "tiny-bert-cls/model.safetensors").Float16("nothing", {1}),
               "MODEL_INVALID", "nothing");
}

}  // namespace
}  // namespace densenode
