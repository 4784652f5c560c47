// ONNX Runtime's CUDA provider in session options, and .onnx files on it.
#pragma once

#include <cuda_runtime_api.h>

#include <filesystem>
#include <memory>

#include "common/device.h"
#include "encoder/model_purpose.h"
#include "encoder/padded_session.h"

namespace densenode {

// Adds the provider to `options`. With `stream`, all its work goes there; without one, it has streams of its
// own. Throws DEVICE_UNAVAILABLE where libraries are missing, ENGINE_FAILED.
void AppendCudaProvider(const Device& device, cudaStream_t stream, Ort::SessionOptions* options);

// An exported .onnx file with its inputs and outputs in host memory. Operators that have no CUDA kernel run
// on the CPU, as ONNX Runtime places them.
std::unique_ptr<EncoderSession> OpenOnnxFileOnCuda(const std::filesystem::path& path, const Device& device,
                                                   ModelPurpose purpose);

}  // namespace densenode
