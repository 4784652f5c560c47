#include "index/device_backend.h"

#include <atomic>

#include "common/error.h"
#include "index/place.h"
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

bool StopDevices(std::chrono::milliseconds patience) {
  // These wait for devices: the devices go last.
  bool stopped = DeviceGroup::StopAll(patience);
#ifdef DENSENODE_CUDA
  stopped = GpuBackend().Stop(patience) && stopped;
#endif
  return stopped;
}

}  // namespace densenode
