#include "encoder/pooling.h"

#include "encoder_test_support.h"

namespace densenode {
namespace {

// Three tokens of two dimensions, and a row behind them that no mode may read.
const std::vector<float> kHidden = {1, -4, 3, 2, 8, -7, 1000, 1000};

std::vector<float> Pool(PoolingMode mode, std::size_t length = 3, std::size_t out_dimension = 2,
                        bool normalize = false) {
  std::vector<float> out(out_dimension, NAN);
  PoolText(mode, kHidden.data(), length, 2, out_dimension, normalize, out.data());
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
}

TEST(Pooling, OneTokenIsItself) {
  for (const PoolingMode mode : {PoolingMode::kCls, PoolingMode::kMean, PoolingMode::kMax,
                                 PoolingMode::kMeanSqrtLen, PoolingMode::kLastToken}) {
    EXPECT_EQ(Pool(mode, 1), (std::vector<float>{1, -4})) << PoolingModeName(mode);
    EXPECT_EQ(Pool(mode, 0), (std::vector<float>{0, 0})) << PoolingModeName(mode);
  }
}

TEST(Pooling, NormalizesAfterTheCut) {
  EXPECT_EQ(Pool(PoolingMode::kMean, 3, 1, true), std::vector<float>{1});
  const std::vector<float> both = Pool(PoolingMode::kMean, 3, 2, true);
  EXPECT_FLOAT_EQ(both[0], 0.8f);
  EXPECT_FLOAT_EQ(both[1], -0.6f);
}

TEST(Pooling, ZeroVectorStaysZero) {
  const std::vector<float> zeros(4, 0.0f);
  std::vector<float> out(4, NAN);
  PoolText(PoolingMode::kMean, zeros.data(), 1, 4, 4, true, out.data());
  EXPECT_EQ(out, zeros);
}

TEST(Pooling, NamesGoBothWays) {
  for (const char* name : {"cls", "mean", "max", "mean_sqrt_len", "last_token"}) {
    EXPECT_STREQ(PoolingModeName(ParsePoolingMode(name)), name);
  }
  EXPECT_ERROR(ParsePoolingMode("median"), "INVALID_ARGUMENT", "cls, mean, max, mean_sqrt_len or last_token");
}

}  // namespace
}  // namespace densenode
