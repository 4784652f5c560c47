#include "binding/info_binding.h"

#include <faiss/Index.h>

#include <cstdint>
#include <filesystem>
#include <string>

#include "binding/process_exit.h"
#include "common/blas_threads.h"
#include "common/device.h"
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

Napi::Value Devices(Napi::Env env, const CudaSupport& support) {
  auto list = Napi::Array::New(env, support.devices.size());
  for (std::size_t i = 0; i < support.devices.size(); ++i) {
    const CudaDevice& device = support.devices[i];
    auto entry = Napi::Object::New(env);
    entry.Set("device", Device{device.ordinal}.name());
    entry.Set("name", device.name);
    entry.Set("computeCapability", std::to_string(device.major) + "." + std::to_string(device.minor));
    entry.Set("memoryBytes", static_cast<double>(device.memory_bytes));
    list.Set(static_cast<uint32_t>(i), entry);
  }
  return list;
}

// Null in a binary without CUDA.
Napi::Value Cuda(Napi::Env env) {
  const CudaSupport& support = GetCudaSupport();
  if (!support.built) return env.Null();
  auto result = Napi::Object::New(env);
  result.Set("toolkit", support.toolkit);
  result.Set("driver", support.driver);
  result.Set("devices", Devices(env, support));
  result.Set("problem", support.problem);
  return result;
}

// ONNX Runtime's providers for devices are libraries of their own, beside it.
bool HasCudaProvider(const std::filesystem::path& onnxruntime) {
  std::error_code ignored;
  return std::filesystem::exists(onnxruntime.parent_path() / "libonnxruntime_providers_cuda.so", ignored);
}

Napi::Value Info(const Napi::CallbackInfo& info) {
  Napi::Object result = Napi::Object::New(info.Env());
  result.Set("instructionSet", kInstructionSet);
  result.Set("faiss", FaissVersion());
  try {
    result.Set("onnxruntime", OnnxRuntime::Get().version());
    result.Set("onnxruntimePath", OnnxRuntime::Get().library().string());
    result.Set("cudaProvider", HasCudaProvider(OnnxRuntime::Get().library()));
  } catch (const Error& error) {
    result.Set("onnxruntime", error.what());
    result.Set("onnxruntimePath", "");
    result.Set("cudaProvider", false);
  }
  result.Set("openblas", BlasDescription());
  result.Set("threads", Executor::Get().threads());
  result.Set("cuda", Cuda(info.Env()));
  return result;
}

void Stop(const Napi::CallbackInfo&) { StopAllJobs(); }

}  // namespace

void RegisterInfo(Napi::Env env, Napi::Object exports) {
  exports.Set("info", Napi::Function::New(env, Info, "info"));
  exports.Set("stop", Napi::Function::New(env, Stop, "stop"));
}

}  // namespace densenode::binding
