#include "binding/info_binding.h"

#include <faiss/Index.h>

#include <string>

#include "binding/process_exit.h"
#include "common/blas_threads.h"
#include "common/error.h"
#include "common/executor.h"
#include "encoder/onnx_runtime.h"

namespace densenode::binding {
namespace {

#ifdef __AVX512F__
constexpr const char* kInstructionSet = "avx512";
#else
constexpr const char* kInstructionSet = "avx2";
#endif

std::string FaissVersion() {
  return std::to_string(FAISS_VERSION_MAJOR) + "." + std::to_string(FAISS_VERSION_MINOR) + "." +
         std::to_string(FAISS_VERSION_PATCH);
}

Napi::Value Info(const Napi::CallbackInfo& info) {
  Napi::Object result = Napi::Object::New(info.Env());
  result.Set("instructionSet", kInstructionSet);
  result.Set("faiss", FaissVersion());
  try {
    result.Set("onnxruntime", OnnxRuntime::Get().version());
    result.Set("onnxruntimePath", OnnxRuntime::Get().library().string());
  } catch (const Error& error) {
    result.Set("onnxruntime", error.what());
    result.Set("onnxruntimePath", "");
  }
  result.Set("openblas", BlasDescription());
  result.Set("threads", Executor::Get().threads());
  result.Set("cuda", false);
  return result;
}

void Stop(const Napi::CallbackInfo&) { StopAllJobs(); }

}  // namespace

void RegisterInfo(Napi::Env env, Napi::Object exports) {
  exports.Set("info", Napi::Function::New(env, Info, "info"));
  exports.Set("stop", Napi::Function::New(env, Stop, "stop"));
}

}  // namespace densenode::binding
