// CUDA's error codes as densenode's errors.
#pragma once

#include <cuda_runtime_api.h>

#include "common/error.h"

namespace densenode {

// Throws for anything but success: OUT_OF_MEMORY, DEVICE_UNAVAILABLE or ENGINE_FAILED, "CUDA failed while
// <doing what>: <its message>". CUDA keeps the last error of a thread; it is taken here, so that the next
// check does not report it again.
inline void CheckCuda(cudaError_t result, const char* doing_what) {
  if (result == cudaSuccess) return;
  cudaGetLastError();
  ErrorCode code = ErrorCode::kEngineFailed;
  if (result == cudaErrorMemoryAllocation) code = ErrorCode::kOutOfMemory;
  if (result == cudaErrorNoDevice || result == cudaErrorInvalidDevice ||
      result == cudaErrorInsufficientDriver || result == cudaErrorDevicesUnavailable) {
    code = ErrorCode::kDeviceUnavailable;
  }
  Fail(code, "CUDA failed while ", doing_what, ": ", cudaGetErrorString(result), " (",
       cudaGetErrorName(result), ")");
}

}  // namespace densenode
