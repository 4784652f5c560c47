// A whole .onnx file goes to ONNX Runtime; what is ours is which files it may open, and what we ask of the
// session.
#include <array>

#include "../temporary_folder.h"
#include "encoder/onnx_file_session.h"
#include "encoder/onnx_runtime.h"
#include "onnx_model.h"
#include "target.h"

namespace densenode::fuzz {
namespace {

std::vector<std::string> Seeds() {
  return {OnnxModel(), OnnxModel("table.bin"), OnnxModel("./table.bin", 16, 32)};
}

void Run(const std::string& input) {
  static const test::TemporaryFolder folder;
  static const bool prepared = [] {
    setenv("DENSENODE_ONNXRUNTIME_LIBRARY", DENSENODE_ONNXRUNTIME_LIBRARY, 0);
    test::WriteFile(folder / "table.bin", std::string(64, '\x40'));
    return true;
  }();
  (void)prepared;
  test::WriteFile(folder / "model.onnx", input);
  OpenOnnxFile(folder / "model.onnx", CpuSessionOptions(ORT_DISABLE_ALL));
}

constexpr std::array<std::string_view, 8> kWords{"../",       "/dev/zero",        "/proc/self/maps",
                                                 "table.bin", "location",         "offset",
                                                 "input_ids", "last_hidden_state"};

}  // namespace

const Target kOnnxFile{"onnx_file", Seeds, Run, nullptr, kWords};

}  // namespace densenode::fuzz
