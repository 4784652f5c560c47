#include "cuda/cuda_libraries.h"

#include <cublas_v2.h>
#include <gtest/gtest.h>

#include <cstdlib>

#include "common/device.h"
#include "common/error.h"

namespace densenode {
namespace {

// One test, because the libraries stay open for the life of the process.
TEST(CudaLibraries, CublasIsForwardedOnceItIsFound) {
  cublasHandle_t handle = nullptr;
  // Where a device is, looking for it has opened the libraries.
  if (GetCudaSupport().devices.empty()) {
    ASSERT_EQ(cublasCreate(&handle), CUBLAS_STATUS_NOT_INITIALIZED) << "before the library is open";
  }

  // A folder that is not there is passed over.
  setenv("DENSENODE_CUDA_LIBRARIES", "/nowhere:", 1);
  try {
    PreloadCudaLibraries();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kDeviceUnavailable);
    GTEST_SKIP() << error.what();
  }
  PreloadCudaLibraries();  // again: nothing to do

  // From here the answer is that of the library itself: without a device it cannot make a handle either.
  int devices = 0;
  const bool usable = cudaGetDeviceCount(&devices) == cudaSuccess && devices > 0;
  const cublasStatus_t status = cublasCreate(&handle);
  EXPECT_EQ(status == CUBLAS_STATUS_SUCCESS, usable) << "status " << status;
  if (handle) cublasDestroy(handle);
}

}  // namespace
}  // namespace densenode
