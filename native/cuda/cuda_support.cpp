// What CUDA can do on this machine (common/device.h).
#include <cuda_runtime_api.h>

#include <cstdlib>
#include <string>

#include "common/device.h"
#include "common/error.h"
#include "cuda/architectures.h"
#include "cuda/cuda_libraries.h"

namespace densenode {
namespace {

// 13000 -> "13.0", as CUDA numbers its versions.
std::string Version(int number) {
  return std::to_string(number / 1000) + "." + std::to_string(number % 1000 / 10);
}

std::string Capability(const CudaDevice& device) {
  return std::to_string(device.major) + "." + std::to_string(device.minor);
}

// Without the calls that make a context on the device: looking is free.
CudaDevice Describe(int ordinal) {
  cudaDeviceProp properties{};
  if (const cudaError_t error = cudaGetDeviceProperties(&properties, ordinal); error != cudaSuccess) {
    cudaGetLastError();
    Fail(ErrorCode::kDeviceUnavailable, "the driver does not describe cuda:", ordinal, ": ",
         cudaGetErrorString(error));
  }
  return {ordinal, properties.name, properties.major, properties.minor, properties.totalGlobalMem};
}

constexpr const char* kDriverRemedy =
    "Install NVIDIA's driver 580 or newer; in a container, start it with the GPUs (docker run --gpus all).";

int CountDevices() {
  int count = 0;
  const cudaError_t error = cudaGetDeviceCount(&count);
  if (error == cudaSuccess && count > 0) return count;
  cudaGetLastError();
  const char* visible = std::getenv("CUDA_VISIBLE_DEVICES");
  const std::string hint = visible ? std::string(" CUDA_VISIBLE_DEVICES is \"") + visible +
                                         "\": unset it or name a device that is there."
                                   : std::string(" ") + kDriverRemedy;
  Fail(ErrorCode::kDeviceUnavailable, "the NVIDIA driver offers no CUDA device (", cudaGetErrorString(error),
       ").", hint);
}

void LookUp(CudaSupport& support) {
  int driver = 0;
  cudaDriverGetVersion(&driver);
  if (driver == 0) {
    Fail(ErrorCode::kDeviceUnavailable,
         "CUDA needs NVIDIA's driver (libcuda.so.1), and none is visible here. ", kDriverRemedy);
  }
  support.driver = Version(driver);
  if (driver / 1000 < CUDART_VERSION / 1000) {
    Fail(ErrorCode::kDeviceUnavailable, "the NVIDIA driver supports CUDA ", support.driver,
         ", and densenode needs CUDA 13. ", kDriverRemedy);
  }
  std::string rejected;
  for (int ordinal = 0, count = CountDevices(); ordinal < count; ++ordinal) {
    CudaDevice device = Describe(ordinal);
    if (RunsOn(device.major, device.minor, ParseArchitectures(DENSENODE_CUDA_ARCHITECTURES))) {
      support.devices.push_back(std::move(device));
    } else {
      rejected += device.name + " has compute capability " + Capability(device) + ". ";
    }
  }
  if (support.devices.empty()) {
    Fail(ErrorCode::kDeviceUnavailable, "this binary was compiled for other devices (architectures ",
         DENSENODE_CUDA_ARCHITECTURES, "): ", rejected,
         "Build for yours: `npm run build -- --cuda --cuda-architectures 86`, with your number.");
  }
  // A device without the libraries cannot be used: FAISS would end the process at its first call of cuBLAS.
  PreloadCudaLibraries();
}

}  // namespace

const CudaSupport& GetCudaSupport() {
  static const CudaSupport* const found = [] {
    auto* support = new CudaSupport;
    support->built = true;
    support->toolkit = Version(CUDART_VERSION);
    try {
      LookUp(*support);
    } catch (const std::exception& error) {
      support->devices.clear();
      support->problem = error.what();
    }
    return support;
  }();
  return *found;
}

}  // namespace densenode
