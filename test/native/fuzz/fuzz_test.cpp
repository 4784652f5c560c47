// A short run of each fuzzer, the same on every machine; CONTRIBUTING.md says how to run them for long.
#include "fuzz.h"

#include <gtest/gtest.h>

namespace densenode::fuzz {
namespace {

constexpr double kSeconds = 3;

class Fuzzer : public testing::TestWithParam<const Target*> {};

TEST_P(Fuzzer, TakesItsSeeds) {
  const auto seeds = GetParam()->seeds();
  ASSERT_FALSE(seeds.empty());
  for (const std::string& seed : seeds) EXPECT_EQ(Refusal(*GetParam(), seed), "");
}

TEST_P(Fuzzer, FindsNothing) {
  const Outcome outcome = Fuzz(*GetParam(), {.seed = 1, .rounds = 20000, .seconds = kSeconds});
  EXPECT_GT(outcome.rounds, outcome.valid) << "no input was refused";
}

INSTANTIATE_TEST_SUITE_P(All, Fuzzer, testing::ValuesIn(Targets().begin(), Targets().end()),
                         [](const auto& info) { return std::string(info.param->name); });

}  // namespace
}  // namespace densenode::fuzz
