#include "encoder/open_session.h"

#include "common/error.h"
#include "encoder/bert_graph.h"
#include "encoder/onnx_file_session.h"
#ifdef DENSENODE_CUDA
#include "cuda/bert_cuda_session.h"
#include "cuda/onnx_cuda_provider.h"
#endif

namespace densenode {
namespace {

#ifdef DENSENODE_CUDA
std::unique_ptr<EncoderSession> OpenOnCuda(const ModelDescription& description, const Device& device,
                                           const std::string& dtype) {
  if (!description.onnx.empty()) return OpenOnnxFileOnCuda(description.onnx, device);
  const BertConfig config = BertConfig::Parse(description.config, description.config_path);
  const Safetensors weights = Safetensors::Open(description.safetensors);
  return OpenBertCudaSession(config, weights, dtype == "fp16" ? WeightType::kFloat16 : WeightType::kFloat32,
                             device);
}
#else
// ResolveDevice gives no CUDA device in a build without CUDA.
std::unique_ptr<EncoderSession> OpenOnCuda(const ModelDescription&, const Device& device,
                                           const std::string&) {
  Fail(ErrorCode::kDeviceUnavailable, device.name(), " is not available: ", GetCudaSupport().problem);
}
#endif

}  // namespace

std::string ChooseDtype(const std::string& dtype, const Device& device, const ModelDescription& description) {
  if (dtype != "auto" && dtype != "fp32" && dtype != "fp16" && dtype != "bf16" && dtype != "int8") {
    Fail(ErrorCode::kInvalidArgument, "dtype must be auto, fp32, fp16, bf16 or int8, not \"", dtype, "\"");
  }
  const bool file = !description.onnx.empty();
  if (dtype == "fp32" || (dtype == "auto" && (file || !device.is_cuda()))) return "fp32";
  if (file) {
    Fail(ErrorCode::kModelUnsupported, "dtype \"", dtype, "\" cannot be chosen for ", description.onnx,
         ": an .onnx file has the types that it was exported with; use \"auto\"");
  }
  if (!device.is_cuda()) {
    Fail(ErrorCode::kModelUnsupported, "dtype \"", dtype, "\" is not supported on the CPU yet; use fp32");
  }
  if (dtype == "auto" || dtype == "fp16") return "fp16";
  if (dtype == "bf16") {
    Fail(ErrorCode::kModelUnsupported,
         "dtype \"bf16\" is not supported on CUDA: ONNX Runtime's attention on packed tokens has no kernel "
         "for "
         "it; use fp16 or fp32");
  }
  Fail(ErrorCode::kModelUnsupported, "dtype \"", dtype, "\" is not supported on CUDA yet; use fp16 or fp32");
}

std::unique_ptr<EncoderSession> OpenSession(const ModelDescription& description, const Device& device,
                                            const std::string& dtype) {
  if (device.is_cuda()) return OpenOnCuda(description, device, dtype);
  if (!description.onnx.empty()) return OpenOnnxFile(description.onnx, CpuSessionOptions(ORT_ENABLE_ALL));
  const BertConfig config = BertConfig::Parse(description.config, description.config_path);
  const Safetensors weights = Safetensors::Open(description.safetensors);
  auto session = OpenBertSession(config, weights);
  weights.ReleasePages();  // ONNX Runtime has packed the matrices; what it still reads in place comes back by
                           // itself
  return session;
}

}  // namespace densenode
