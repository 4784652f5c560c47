#include "encoder/open_session.h"

#include <algorithm>
#include <iterator>
#include <string_view>

#include "common/cpu_features.h"
#include "common/error.h"
#include "encoder/onnx_file_session.h"
#include "encoder/packed_graph.h"
#include "encoder/transformer_graph.h"
#ifdef __AVX512F__
#include "encoder/cpu/bf16_session.h"
#endif
#ifdef DENSENODE_CUDA
#include "cuda/bert_cuda_session.h"
#include "cuda/onnx_cuda_provider.h"
#endif

namespace densenode {
namespace {

#ifndef DENSENODE_CUDA
// ResolveDevice gives no CUDA device in a build without CUDA.
std::unique_ptr<EncoderSession> OpenOnnxFileOnCuda(const std::filesystem::path&, const Device& device,
                                                   ModelPurpose) {
  Fail(ErrorCode::kDeviceUnavailable, device.name(), " is not available: ", GetCudaSupport().problem);
}
std::unique_ptr<EncoderSession> OpenCudaSession(const TransformerSpec&, const Checkpoint&, WeightType,
                                                const Device& device) {
  return OpenOnnxFileOnCuda({}, device, {});
}
#endif

// Why a model cannot be had in bf16 on this CPU; empty if it can.
std::string Bf16Problem(const TransformerSpec& spec) {
#ifdef __AVX512F__
  if (!cpu::BestKernel()) return "this CPU has neither AMX-BF16 nor AVX512-BF16";
  const std::string feature = FeatureBeyond(spec, kBf16Features);
  return feature.empty() ? "" : spec.architecture + " has " + feature;
#else
  static_cast<void>(spec);
  return "the loaded binary is the one for AVX2; bf16 needs a CPU with AVX-512 and AVX512-BF16 or AMX-BF16";
#endif
}

// Why it cannot be had in 8 bits and bf16 either.
std::string Int8Bf16Problem(const TransformerSpec& spec) {
  const std::string problem = Bf16Problem(spec);
#ifdef __AVX512F__
  if (problem.empty() && !cpu::MultipliesBytes(*cpu::BestKernel()))
    return "this CPU has neither AMX-INT8 nor AVX512-VNNI";
#endif
  return problem;
}

std::unique_ptr<EncoderSession> OpenBf16(const TransformerSpec& spec, const Checkpoint& checkpoint) {
#ifdef __AVX512F__
  return OpenBf16Session(spec, checkpoint, *cpu::BestKernel());
#else
  static_cast<void>(checkpoint);
  Fail(ErrorCode::kModelUnsupported, Bf16Problem(spec));
#endif
}

std::unique_ptr<EncoderSession> OpenFile(const ModelDescription& description, const Device& device) {
  if (device.is_cuda()) return OpenOnnxFileOnCuda(description.onnx, device, description.purpose);
  return OpenOnnxFile(description.onnx, CpuSessionOptions(ORT_ENABLE_ALL), description.purpose);
}

std::unique_ptr<EncoderSession> OpenTransformer(const TransformerSpec& spec, const Checkpoint& checkpoint,
                                                const Device& device, const std::string& dtype) {
  if (device.is_cuda()) {
    const WeightType type = dtype == "fp16" ? WeightType::kFloat16 : WeightType::kFloat32;
    return OpenCudaSession(spec, checkpoint, type, device);
  }
  const GraphWeights int8 = GetCpuFeatures().vnni ? GraphWeights::kInt8 : GraphWeights::kInt7;
  const GraphWeights weights = dtype == "int8" ? int8 : GraphWeights::kFloat32;
  std::unique_ptr<EncoderSession> session =
      BeginsInBf16(dtype) ? OpenBf16(spec, checkpoint) : OpenTransformerSession(spec, checkpoint, weights);
  checkpoint.ReleasePages();  // the matrices are packed; what is still read in place comes back by itself
  return session;
}

// Opens one replica a device; where there are several, errors say which it was.
template <typename Open>
std::vector<Replica> OpenEach(std::span<const Device> devices, Open open) {
  std::vector<Replica> replicas;
  for (const Device& device : devices) {
    try {
      replicas.push_back({device, open(device)});
    } catch (const Error& error) {
      if (devices.size() == 1) throw;
      Fail(error.code(), "on ", device.name(), ": ", error.what());
    }
  }
  return replicas;
}

void RequireCuda(const TransformerSpec& spec, const Device& device) {
  const std::string feature = FeatureBeyond(spec, kPackedFeatures);
  if (feature.empty()) return;
  Fail(ErrorCode::kModelUnsupported, spec.architecture, " is not supported on ", device.name(), ": it has ",
       feature, "; use device \"cpu\" or \"auto\", or an export in onnx/model.onnx");
}

}  // namespace

bool BeginsInBf16(const std::string& dtype) { return dtype == "bf16" || dtype == "int8-bf16"; }

Device ChooseDevice(const std::string& name, const ModelDescription& description) {
  const Device device = ResolveDevice(name);
  const auto& spec = description.transformer;
  const bool stay = name == "auto" && spec && !FeatureBeyond(*spec, kPackedFeatures).empty();
  return stay ? Device{} : device;
}

std::string ChooseDtype(const std::string& dtype, const Device& device, const ModelDescription& description) {
  constexpr std::string_view kDtypes[] = {"auto", "fp32", "fp16", "bf16", "int8-bf16", "int8"};
  if (std::find(std::begin(kDtypes), std::end(kDtypes), dtype) == std::end(kDtypes)) {
    Fail(ErrorCode::kInvalidArgument, "dtype must be auto, fp32, fp16, bf16, int8-bf16 or int8, not \"",
         dtype, "\"");
  }
  if (description.transformer && device.is_cuda()) RequireCuda(*description.transformer, device);
  if (dtype == "fp32" || (dtype == "auto" && !description.transformer)) return "fp32";
  if (!description.transformer) {
    Fail(ErrorCode::kModelUnsupported, "dtype \"", dtype, "\" cannot be chosen for ", description.onnx,
         ": an .onnx file has the types that it was exported with; use \"auto\"");
  }
  const TransformerSpec& spec = *description.transformer;
  if (dtype == "auto" && !device.is_cuda()) {
    return Int8Bf16Problem(spec).empty() ? "int8-bf16" : Bf16Problem(spec).empty() ? "bf16" : "fp32";
  }
  if (!device.is_cuda()) {
    if (dtype == "int8") return dtype;
    if (!BeginsInBf16(dtype)) {
      Fail(ErrorCode::kModelUnsupported, "dtype \"", dtype,
           "\" is not supported on the CPU; fp32, int8, bf16 and int8-bf16 (on CPUs that have them) are");
    }
    const std::string problem = dtype == "bf16" ? Bf16Problem(spec) : Int8Bf16Problem(spec);
    if (!problem.empty()) {
      Fail(ErrorCode::kModelUnsupported, "dtype \"", dtype, "\" is not supported here: ", problem,
           "; use \"fp32\" or \"auto\"");
    }
    return dtype;
  }
  if (dtype == "auto" || dtype == "fp16") return "fp16";
  if (BeginsInBf16(dtype)) {
    Fail(ErrorCode::kModelUnsupported, "dtype \"", dtype,
         "\" is not supported on CUDA: ONNX Runtime's attention on packed tokens has no kernel "
         "for "
         "it; use fp16 or fp32");
  }
  Fail(ErrorCode::kModelUnsupported, "dtype \"", dtype, "\" is not supported on CUDA yet; use fp16 or fp32");
}

std::vector<Replica> OpenReplicas(const ModelDescription& description, const Checkpoint* checkpoint,
                                  std::span<const Device> devices, const std::string& dtype) {
  return OpenEach(devices, [&](const Device& device) {
    return checkpoint ? OpenTransformer(*description.transformer, *checkpoint, device, dtype)
                      : OpenFile(description, device);
  });
}

}  // namespace densenode
