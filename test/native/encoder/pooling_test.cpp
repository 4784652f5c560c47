#include "encoder/modules/pooling.h"

#include "encoder_test_support.h"

namespace densenode {
namespace {

// Three tokens of two dimensions, and a row behind them that no mode may read.
const std::vector<float> kHidden = {1, -4, 3, 2, 8, -7, 1000, 1000};

std::vector<float> Pool(PoolingMode mode, std::size_t length = 3, std::size_t left_out = 0,
                        std::size_t out_dimension = 2) {
  std::vector<float> out(out_dimension, NAN);
  PoolText(mode, kHidden.data(), length, left_out, 2, out_dimension, out.data());
  return out;
}

TEST(Pooling, FollowsTheFormulas) {
  EXPECT_EQ(Pool(PoolingMode::kCls), (std::vector<float>{1, -4}));
  EXPECT_EQ(Pool(PoolingMode::kLastToken), (std::vector<float>{8, -7}));
  EXPECT_EQ(Pool(PoolingMode::kMax), (std::vector<float>{8, 2}));
  EXPECT_FLOAT_EQ(Pool(PoolingMode::kMean)[0], 4);
  EXPECT_FLOAT_EQ(Pool(PoolingMode::kMean)[1], -3);
  EXPECT_FLOAT_EQ(Pool(PoolingMode::kMeanSqrtLen)[0], 12 / std::sqrt(3.0f));
  EXPECT_FLOAT_EQ(Pool(PoolingMode::kMeanSqrtLen)[1], -9 / std::sqrt(3.0f));
  EXPECT_FLOAT_EQ(Pool(PoolingMode::kWeightedMean)[0], (1 + 2 * 3 + 3 * 8) / 6.0f);
  EXPECT_FLOAT_EQ(Pool(PoolingMode::kWeightedMean)[1], (-4 + 2 * 2 - 3 * 7) / 6.0f);
}

TEST(Pooling, LeavesThePromptOut) {
  EXPECT_EQ(Pool(PoolingMode::kCls, 3, 1), (std::vector<float>{3, 2}));
  EXPECT_EQ(Pool(PoolingMode::kLastToken, 3, 1), (std::vector<float>{8, -7}));
  EXPECT_EQ(Pool(PoolingMode::kMax, 3, 1), (std::vector<float>{8, 2}));
  EXPECT_EQ(Pool(PoolingMode::kMean, 3, 1), (std::vector<float>{5.5f, -2.5f}));
  EXPECT_FLOAT_EQ(Pool(PoolingMode::kMeanSqrtLen, 3, 1)[0], 11 / std::sqrt(2.0f));
  // Positions go on counting from the prompt's first token.
  EXPECT_FLOAT_EQ(Pool(PoolingMode::kWeightedMean, 3, 1)[0], (2 * 3 + 3 * 8) / 5.0f);
}

TEST(Pooling, NothingButThePrompt) {
  for (const std::size_t left_out : {3u, 9u}) {
    EXPECT_EQ(Pool(PoolingMode::kCls, 3, left_out), (std::vector<float>{1, -4}));
    for (const PoolingMode mode : {PoolingMode::kMean, PoolingMode::kMax, PoolingMode::kMeanSqrtLen,
                                   PoolingMode::kWeightedMean, PoolingMode::kLastToken}) {
      EXPECT_EQ(Pool(mode, 3, left_out), (std::vector<float>{0, 0})) << PoolingModeName(mode);
    }
  }
}

TEST(Pooling, OneTokenIsItself) {
  for (const PoolingMode mode :
       {PoolingMode::kCls, PoolingMode::kMean, PoolingMode::kMax, PoolingMode::kMeanSqrtLen,
        PoolingMode::kWeightedMean, PoolingMode::kLastToken}) {
    EXPECT_EQ(Pool(mode, 1), (std::vector<float>{1, -4})) << PoolingModeName(mode);
    EXPECT_EQ(Pool(mode, 0), (std::vector<float>{0, 0})) << PoolingModeName(mode);
  }
}

TEST(Pooling, ScalesToLengthOne) {
  std::vector<float> vector = {4, -3};
  Normalize(vector.data(), 2);
  EXPECT_FLOAT_EQ(vector[0], 0.8f);
  EXPECT_FLOAT_EQ(vector[1], -0.6f);
  std::vector<float> zeros(4, 0.0f);
  Normalize(zeros.data(), 4);
  EXPECT_EQ(zeros, std::vector<float>(4, 0.0f));
}

TEST(Pooling, NamesGoBothWays) {
  for (const char* name : {"cls", "mean", "max", "mean_sqrt_len", "weighted_mean", "last_token"}) {
    EXPECT_STREQ(PoolingModeName(ParsePoolingMode(name)), name);
  }
  EXPECT_ERROR(ParsePoolingMode("median"), "INVALID_ARGUMENT",
               "cls, mean, max, mean_sqrt_len, weighted_mean or last_token");
}

}  // namespace
}  // namespace densenode
