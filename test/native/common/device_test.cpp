#include "common/device.h"

#include <gtest/gtest.h>

#include <string>

#include "common/error.h"

namespace densenode {
namespace {

// "CODE: message" of what ResolveDevice throws, or the name of the device.
std::string Resolve(std::string_view text) {
  try {
    return ResolveDevice(text).name();
  } catch (const Error& error) {
    return std::string(ErrorCodeName(error.code())) + ": " + error.what();
  }
}

bool HasDevice() { return !GetCudaSupport().devices.empty(); }

TEST(Device, TheCpuIsAlwaysThere) {
  EXPECT_EQ(Resolve("cpu"), "cpu");
  EXPECT_FALSE(ResolveDevice("cpu").is_cuda());
}

TEST(Device, OtherWordsAreTheCallersMistake) {
  for (const char* text :
       {"", "gpu", "CUDA", "cuda:", "cuda:-1", "cuda:1x", "cuda: 1", "cuda:99999999999", " cpu"}) {
    EXPECT_EQ(
        Resolve(text),
        std::string("INVALID_ARGUMENT: device must be auto, cpu, cuda or cuda:N, not \"") + text + "\"");
  }
}

TEST(Device, AutoIsTheFirstUsableDevice) {
  const std::string expected =
      HasDevice() ? Device{GetCudaSupport().devices.front().ordinal}.name() : std::string("cpu");
  EXPECT_EQ(Resolve("auto"), expected);
}

TEST(Device, WithoutADeviceTheErrorSaysWhy) {
  if (HasDevice()) GTEST_SKIP() << "this machine has a CUDA device";
  ASSERT_FALSE(GetCudaSupport().problem.empty());
  for (const char* text : {"cuda", "cuda:0", "cuda:7"}) {
    EXPECT_EQ(Resolve(text), std::string("DEVICE_UNAVAILABLE: device \"") + text +
                                 "\" is not available: " + GetCudaSupport().problem);
  }
}

TEST(Device, ADeviceThatIsNotThereNamesThoseThatAre) {
  if (!HasDevice()) GTEST_SKIP() << "this machine has no CUDA device";
  EXPECT_TRUE(GetCudaSupport().problem.empty());
  const std::string message = Resolve("cuda:4321");
  EXPECT_TRUE(
      message.starts_with("DEVICE_UNAVAILABLE: device \"cuda:4321\" is not available: usable here are "));
  EXPECT_NE(message.find(GetCudaSupport().devices.front().name), std::string::npos);
}

TEST(Device, ABuildSaysWhatItWasCompiledWith) {
#ifdef DENSENODE_CUDA
  EXPECT_TRUE(GetCudaSupport().built);
  EXPECT_TRUE(GetCudaSupport().toolkit.starts_with("13."));
#else
  EXPECT_FALSE(GetCudaSupport().built);
  EXPECT_EQ(GetCudaSupport().toolkit, "");
  EXPECT_NE(GetCudaSupport().problem.find("npm run build -- --cuda"), std::string::npos);
#endif
}

}  // namespace
}  // namespace densenode
