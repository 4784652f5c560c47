#include "encoder/cpu/product_kernel.h"

#include "common/cpu_features.h"

namespace densenode::cpu {

extern const ProductKernel kAmxKernel;
extern const ProductKernel kAvx512Kernel;

const ProductKernel* AmxKernel() { return GetCpuFeatures().amx_bf16 ? &kAmxKernel : nullptr; }
const ProductKernel* Avx512Kernel() { return GetCpuFeatures().avx512_bf16 ? &kAvx512Kernel : nullptr; }

const ProductKernel* BestKernel() {
  const ProductKernel* amx = AmxKernel();
  return amx ? amx : Avx512Kernel();
}

bool MultipliesBytes(const ProductKernel& kernel) {
  return &kernel == &kAmxKernel ? GetCpuFeatures().amx_int8 : GetCpuFeatures().avx512_vnni;
}

}  // namespace densenode::cpu
