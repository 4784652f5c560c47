#include "cuda/onnx_cuda_provider.h"

#include <array>
#include <string>

#include "cuda/cuda_libraries.h"
#include "cuda/stream.h"
#include "encoder/onnx_file_session.h"

namespace densenode {
namespace {

// onnxruntime/contrib_ops/cpu/bert/attention_common.h, AttentionBackend: flash, memory-efficient and plain
// attention. With a choice made, flash and memory-efficient attention are taken at every length: the defaults
// leave short texts to TensorRT's kernels, which Hopper does not have.
constexpr int kAttentionKernels = 1 | 2 | 16;

struct OptionsDeleter {
  void operator()(OrtCUDAProviderOptionsV2* options) const {
    Ort::GetApi().ReleaseCUDAProviderOptions(options);
  }
};

// The provider makes its device the current one of each thread that runs it.
class OnnxFileOnCuda : public PaddedSession {
 public:
  OnnxFileOnCuda(const std::filesystem::path& path, const Device& device, ModelPurpose purpose)
      : device_(device) {
    const DeviceScope scope(device.ordinal);
    Ort::SessionOptions options = CpuSessionOptions(ORT_ENABLE_ALL);
    AppendCudaProvider(device, nullptr, &options);
    session_ = OpenOnnxFile(path, options, purpose);
  }

  Output RunPadded(const PaddedBatch& batch, const RunSettings& settings) const override {
    const DeviceScope scope(device_.ordinal);
    RunSettings kept = settings;
    kept.release_memory = false;  // freeing device memory would make every stream wait
    return session_->RunPadded(batch, kept);
  }

  std::size_t dimension() const override { return session_->dimension(); }
  bool pools() const override { return session_->pools(); }
  std::size_t weight_bytes() const override { return session_->weight_bytes(); }
  const std::string& architecture() const override { return session_->architecture(); }

 private:
  const Device device_;
  std::unique_ptr<PaddedSession> session_;
};

}  // namespace

void AppendCudaProvider(const Device& device, cudaStream_t stream, Ort::SessionOptions* options) {
  PreloadCudaLibraries();
  CallOnnxRuntime("loading its CUDA provider", [&] {
    const OrtApi& api = Ort::GetApi();
    OrtCUDAProviderOptionsV2* made = nullptr;
    Ort::ThrowOnError(api.CreateCUDAProviderOptions(&made));
    const std::unique_ptr<OrtCUDAProviderOptionsV2, OptionsDeleter> provider(made);
    const std::string ordinal = std::to_string(device.ordinal), kernels = std::to_string(kAttentionKernels);
    // The arena doubles when it grows: batches have ever different sizes, and memory taken as requested for
    // each would hardly ever fit the next.
    const std::array<const char*, 4> keys = {"device_id", "arena_extend_strategy", "use_tf32", "sdpa_kernel"};
    const std::array<const char*, 4> values = {ordinal.c_str(), "kNextPowerOfTwo", "0", kernels.c_str()};
    Ort::ThrowOnError(api.UpdateCUDAProviderOptions(made, keys.data(), values.data(), keys.size()));
    if (!HasCudnn()) {  // only some operators of .onnx files want it
      const char *const key = "enable_cudnn", *const off = "0";
      Ort::ThrowOnError(api.UpdateCUDAProviderOptions(made, &key, &off, 1));
    }
    if (stream)
      Ort::ThrowOnError(api.UpdateCUDAProviderOptionsWithValue(made, "user_compute_stream", stream));
    options->AppendExecutionProvider_CUDA_V2(*made);
  });
}

std::unique_ptr<EncoderSession> OpenOnnxFileOnCuda(const std::filesystem::path& path, const Device& device,
                                                   ModelPurpose purpose) {
  return std::make_unique<OnnxFileOnCuda>(path, device, purpose);
}

}  // namespace densenode
