// What an .onnx file may make densenode do: read files below its folder, and nothing else.
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "../temporary_folder.h"
#include "common/error.h"
#include "encoder/onnx_file_session.h"
#include "encoder/onnx_runtime.h"
#include "onnx_model.h"

namespace densenode::fuzz {
namespace {

class OnnxPaths : public testing::Test {
 protected:
  OnnxPaths() {
    setenv("DENSENODE_ONNXRUNTIME_LIBRARY", DENSENODE_ONNXRUNTIME_LIBRARY, 0);
    std::filesystem::create_directories(folder_ / "model/below");
    test::WriteFile(folder_ / "secret", std::string(64, 'A'));
    test::WriteFile(folder_ / "model/table", std::string(64, 'B'));
    test::WriteFile(folder_ / "model/below/table", std::string(64, 'C'));
    std::filesystem::create_symlink("../secret", folder_ / "model/link");
    mkfifo((folder_ / "model/pipe").c_str(), 0600);
  }

  // "" or the code of the error.
  std::string Open(const std::string& model) {
    test::WriteFile(folder_ / "model/model.onnx", model);
    try {
      OpenOnnxFile(folder_ / "model/model.onnx", CpuSessionOptions(ORT_ENABLE_ALL));
      return {};
    } catch (const Error& error) {
      return ErrorCodeName(error.code());
    }
  }

  test::TemporaryFolder folder_;
};

TEST_F(OnnxPaths, DataBelowTheFolderIsRead) {
  EXPECT_EQ(Open(OnnxModel()), "");
  EXPECT_EQ(Open(OnnxModel("table")), "");
  EXPECT_EQ(Open(OnnxModel("./table", 32)), "");
  EXPECT_EQ(Open(OnnxModel("below/table")), "");
}

TEST_F(OnnxPaths, OtherFilesAreRefused) {
  for (const std::string& location :
       {std::string("../secret"), (folder_ / "secret").string(), std::string("link"),
        std::string("below/../../secret"), std::string("/dev/zero"), std::string("/proc/self/environ"),
        std::string("missing"), std::string("."), std::string("pipe"), std::string("*/_ORT_MEM_ADDR_/*")}) {
    EXPECT_EQ(Open(OnnxModel(location)), "ENGINE_FAILED") << location;
  }
}

TEST_F(OnnxPaths, PlacesOutsideOfTheDataAreRefused) {
  EXPECT_EQ(Open(OnnxModel("table", 33)), "ENGINE_FAILED");
  EXPECT_EQ(Open(OnnxModel("table", -1)), "ENGINE_FAILED");
  EXPECT_EQ(Open(OnnxModel("table", 1LL << 62)), "ENGINE_FAILED");
  EXPECT_EQ(Open(OnnxModel("table", 0, 1LL << 62)), "ENGINE_FAILED");
}

TEST_F(OnnxPaths, SequencesAreNoTensors) {
  EXPECT_EQ(Open(OnnxModelOfSequences(false)), "MODEL_UNSUPPORTED");
  EXPECT_EQ(Open(OnnxModelOfSequences(true)), "MODEL_UNSUPPORTED");
}

}  // namespace
}  // namespace densenode::fuzz
