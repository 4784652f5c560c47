#include "cuda/architectures.h"

#include <gtest/gtest.h>

namespace densenode {
namespace {

TEST(Architectures, AreNumbersBetweenCommas) {
  EXPECT_EQ(ParseArchitectures("90"), std::vector<int>{90});
  EXPECT_EQ(ParseArchitectures("75,80,90,100"), (std::vector<int>{75, 80, 90, 100}));
  EXPECT_TRUE(ParseArchitectures("").empty());
}

TEST(Architectures, MachineCodeRunsOnLaterDevicesOfItsMajorVersion) {
  const std::vector<int> built = {75, 80, 86, 90};
  EXPECT_TRUE(RunsOn(7, 5, built));
  EXPECT_TRUE(RunsOn(8, 0, built));
  EXPECT_TRUE(RunsOn(8, 9, built));
  EXPECT_FALSE(RunsOn(7, 0, built));
}

TEST(Architectures, TheLastOneRunsOnEverythingLater) {
  EXPECT_TRUE(RunsOn(12, 0, {75, 90}));
  EXPECT_TRUE(RunsOn(9, 0, {90}));
  EXPECT_FALSE(RunsOn(8, 9, {90}));
  EXPECT_FALSE(RunsOn(8, 0, {75, 90}));
  EXPECT_FALSE(RunsOn(9, 0, {}));
}

}  // namespace
}  // namespace densenode
