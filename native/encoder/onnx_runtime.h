// ONNX Runtime of this process, opened by path at run time.
//
// The library is loaded with dlopen(absolute path, RTLD_LOCAL), and its API is taken from that handle alone,
// so another libonnxruntime in the process (onnxruntime-node brings one) can neither take its place nor be
// disturbed by it. Library and environment live until the process ends: tearing them down would race with
// threads that still run.
#pragma once

#include <filesystem>
#include <new>
#include <string>
#include <utility>

#ifndef ORT_API_MANUAL_INIT
#define ORT_API_MANUAL_INIT
#endif
#include <onnxruntime_cxx_api.h>

#include "common/error.h"

namespace densenode {

class OnnxRuntime {
 public:
  // Loads on the first call; a failed load is tried again on the next. Looks for the library in this order:
  //   1. the file that DENSENODE_ONNXRUNTIME_LIBRARY names,  2. $ONNXRUNTIME_ROOT/lib/libonnxruntime.so*,
  //   3. libonnxruntime.so* in the folder of the module that contains this code,  4. the path given at build
  //   time.
  // Throws ENGINE_FAILED with every place it looked at and the remedy.
  static const OnnxRuntime& Get();

  const Ort::Env& env() const { return env_; }
  const std::string& version() const { return version_; }  // of the library: "1.32.0"
  const std::filesystem::path& library() const { return library_; }

 private:
  OnnxRuntime() = default;
  Ort::Env env_{nullptr};
  std::string version_;
  std::filesystem::path library_;
};

// Runs `call` and turns what ONNX Runtime throws into ENGINE_FAILED: "<doing what>: <its message>".
template <typename Call>
auto CallOnnxRuntime(const char* doing_what, Call&& call) {
  try {
    return std::forward<Call>(call)();
  } catch (const Ort::Exception& error) {
    const std::string message = error.what();
    const bool memory = message.find("bad_alloc") != std::string::npos ||
                        message.find("Failed to allocate memory") != std::string::npos;
    Fail(memory ? ErrorCode::kOutOfMemory : ErrorCode::kEngineFailed, "ONNX Runtime failed while ",
         doing_what, ": ", message);
  } catch (const std::bad_alloc&) {
    Fail(ErrorCode::kOutOfMemory, "out of memory while ", doing_what);
  }
}

}  // namespace densenode
