#include "index/device_backend.h"

#include <atomic>
#include <exception>
#include <future>

#include "common/error.h"
#ifdef DENSENODE_CUDA
#include "cuda/gpu_backend.h"
#endif

namespace densenode {
namespace {

std::atomic<DeviceBackend*> replacement{nullptr};

}  // namespace

const char* StorageName(Storage storage) { return storage == Storage::kHalf ? "fp16" : "fp32"; }

DeviceBackend& GetDeviceBackend() {
  if (DeviceBackend* other = replacement) return *other;
#ifdef DENSENODE_CUDA
  return GpuBackend();
#else
  Fail(ErrorCode::kDeviceUnavailable, GetCudaSupport().problem);
#endif
}

void SetDeviceBackend(DeviceBackend* backend) { replacement = backend; }

bool StopDevices([[maybe_unused]] std::chrono::milliseconds patience) {
#ifdef DENSENODE_CUDA
  return GpuBackend().Stop(patience);
#else
  return true;
#endif
}

void RunOnDevice(Device device, const std::function<void()>& body) {
  DeviceBackend& backend = GetDeviceBackend();
  if (backend.OnThread(device)) return body();
  std::promise<void> ended;
  backend.Submit(device, [&] {
    try {
      body();
      ended.set_value();
    } catch (...) {
      ended.set_exception(std::current_exception());
    }
  });
  ended.get_future().get();
}

}  // namespace densenode
