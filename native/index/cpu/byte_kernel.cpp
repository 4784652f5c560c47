#include "index/cpu/byte_kernel.h"

#include "common/cpu_features.h"

namespace densenode::cpu {
namespace {

// Tiles multiply 16 rows, however few are used.
constexpr std::size_t kLeastTileRows = 5;

}  // namespace

extern const ByteKernel kAmxByteKernel;
extern const ByteKernel kVnniByteKernel;

const ByteKernel* AmxByteKernel() { return GetCpuFeatures().amx_int8 ? &kAmxByteKernel : nullptr; }
const ByteKernel* VnniByteKernel() { return GetCpuFeatures().avx512_vnni ? &kVnniByteKernel : nullptr; }

const ByteKernel* BestByteKernel(std::size_t rows) {
  const ByteKernel* amx = AmxByteKernel();
  return amx && rows >= kLeastTileRows ? amx : VnniByteKernel();
}

}  // namespace densenode::cpu
