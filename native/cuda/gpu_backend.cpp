#include "cuda/gpu_backend.h"

#include "common/error.h"
#include "cuda/gpu_index.h"
#include "cuda/gpu_resources.h"

namespace densenode {
namespace {

class CudaBackend : public DeviceBackend {
 public:
  void Submit(Device device, std::function<void()> task) override {
    if (GpuResources::Of(device.ordinal).Submit(std::move(task))) return;
    Fail(ErrorCode::kAborted, "the process ends");
  }
  bool OnThread(Device device) const override { return GpuResources::Of(device.ordinal).OnThread(); }
  std::unique_ptr<DeviceIndex> Upload(Device device, const faiss::Index& base, Storage storage) override {
    return UploadToGpu(GpuResources::Of(device.ordinal), base, storage);
  }
  void CopyToHost(Device device, const float* from, std::size_t count, float* to) override {
    const DeviceScope scope(device.ordinal);
    CheckCuda(cudaMemcpy(to, from, count * sizeof(float), cudaMemcpyDeviceToHost),
              "copying vectors from the device");
  }
  std::shared_ptr<float> Allocate(Device device, std::size_t count) override {
    return GpuResources::Of(device.ordinal).Allocate(count);
  }
  bool Stop(std::chrono::milliseconds patience) override { return GpuResources::StopAll(patience); }
};

}  // namespace

DeviceBackend& GpuBackend() {
  static auto* backend = new CudaBackend;  // never destroyed: threads may outlive static destruction
  return *backend;
}

}  // namespace densenode
