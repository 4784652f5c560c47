#include "cuda/cublas_forward.h"

#include <cublas_v2.h>
#include <dlfcn.h>

#include <array>
#include <atomic>

namespace densenode {
namespace {

enum Function {
  kCreate,
  kDestroy,
  kSetMathMode,
  kGetMathMode,
  kSetStream,
  kSgemmEx,
  kGemmEx,
  kGemmStridedBatchedEx,
  kCount
};
constexpr std::array<const char*, kCount> kNames = {
    "cublasCreate_v2",    "cublasDestroy_v2", "cublasSetMathMode", "cublasGetMathMode",
    "cublasSetStream_v2", "cublasSgemmEx",    "cublasGemmEx",      "cublasGemmStridedBatchedEx"};

using Table = std::array<void*, kCount>;
std::atomic<const Table*> table = nullptr;

// Given the parameters of one of our functions as they are, their types are those of the library's function.
template <typename... Parameters>
cublasStatus_t Forward(Function function, Parameters... parameters) {
  const Table* functions = table.load(std::memory_order_acquire);
  if (!functions) return CUBLAS_STATUS_NOT_INITIALIZED;
  return reinterpret_cast<cublasStatus_t (*)(Parameters...)>((*functions)[function])(parameters...);
}

}  // namespace

const char* SetCublas(void* handle) {
  auto* functions = new Table;  // for the life of the process
  for (int i = 0; i < kCount; ++i) {
    (*functions)[i] = dlsym(handle, kNames[i]);
    if (!(*functions)[i]) return delete functions, kNames[i];
  }
  table.store(functions, std::memory_order_release);
  return nullptr;
}

}  // namespace densenode

using namespace densenode;

extern "C" {

cublasStatus_t cublasCreate_v2(cublasHandle_t* handle) { return Forward(kCreate, handle); }

cublasStatus_t cublasDestroy_v2(cublasHandle_t handle) { return Forward(kDestroy, handle); }

cublasStatus_t cublasSetMathMode(cublasHandle_t handle, cublasMath_t mode) {
  return Forward(kSetMathMode, handle, mode);
}

// Called by an inline function of cuBLAS's header.
cublasStatus_t cublasGetMathMode(cublasHandle_t handle, cublasMath_t* mode) {
  return Forward(kGetMathMode, handle, mode);
}

cublasStatus_t cublasSetStream_v2(cublasHandle_t handle, cudaStream_t stream) {
  return Forward(kSetStream, handle, stream);
}

cublasStatus_t cublasSgemmEx(cublasHandle_t handle, cublasOperation_t transa, cublasOperation_t transb, int m,
                             int n, int k, const float* alpha, const void* A, cudaDataType Atype, int lda,
                             const void* B, cudaDataType Btype, int ldb, const float* beta, void* C,
                             cudaDataType Ctype, int ldc) {
  return Forward(kSgemmEx, handle, transa, transb, m, n, k, alpha, A, Atype, lda, B, Btype, ldb, beta, C,
                 Ctype, ldc);
}

cublasStatus_t cublasGemmEx(cublasHandle_t handle, cublasOperation_t transa, cublasOperation_t transb, int m,
                            int n, int k, const void* alpha, const void* A, cudaDataType Atype, int lda,
                            const void* B, cudaDataType Btype, int ldb, const void* beta, void* C,
                            cudaDataType Ctype, int ldc, cublasComputeType_t computeType,
                            cublasGemmAlgo_t algo) {
  return Forward(kGemmEx, handle, transa, transb, m, n, k, alpha, A, Atype, lda, B, Btype, ldb, beta, C,
                 Ctype, ldc, computeType, algo);
}

cublasStatus_t cublasGemmStridedBatchedEx(cublasHandle_t handle, cublasOperation_t transa,
                                          cublasOperation_t transb, int m, int n, int k, const void* alpha,
                                          const void* A, cudaDataType Atype, int lda, long long strideA,
                                          const void* B, cudaDataType Btype, int ldb, long long strideB,
                                          const void* beta, void* C, cudaDataType Ctype, int ldc,
                                          long long strideC, int batchCount, cublasComputeType_t computeType,
                                          cublasGemmAlgo_t algo) {
  return Forward(kGemmStridedBatchedEx, handle, transa, transb, m, n, k, alpha, A, Atype, lda, strideA, B,
                 Btype, ldb, strideB, beta, C, Ctype, ldc, strideC, batchCount, computeType, algo);
}

}  // extern "C"
