#include "encoder/batch_limits.h"

#include "encoder/open_session.h"

namespace densenode {
namespace {

// The CPU. Measured on all-MiniLM-L6-v2 (AVX2, 512 KiB of L2 a core): texts per CPU second are level from 256
// to 512 tokens, then fall by a quarter to 2,048 and by a third to a half to 4,096, as the activations of a
// batch leave the caches.
constexpr std::size_t kCpuBatchTokens = 256;
constexpr std::size_t kCpuMinBatchTokens = 128;  // smaller matrix products waste the vector units
constexpr std::size_t kCpuMaxBatchTexts = 512;

// The CPU in bf16, without padding.
constexpr std::size_t kBf16BatchTokens = 512;
constexpr std::size_t kBf16MinBatchTokens = 64;
constexpr std::size_t kBf16MaxBatchTexts = 8'192;
constexpr std::size_t kNoPaddingLimit = 1 << 20;

// CUDA. Packed tokens fill the device's matrix units from some thousands on. Padding costs no arithmetic, but
// attention sets aside memory for it.
constexpr std::size_t kCudaBatchTokens = 32'768;
constexpr std::size_t kCudaMinBatchTokens = 4'096;
constexpr std::size_t kCudaMaxBatchTexts = 8'192;
constexpr std::size_t kCudaPaddingFactor = 4;

// StaticEmbedding: a batch is some tens of microseconds of work.
constexpr std::size_t kStaticBatchTokens = 8'192;
constexpr std::size_t kStaticMinBatchTokens = 1'024;

}  // namespace

BatchLimits LimitsFor(const Device& device, const std::string& dtype) {
  if (device.is_cuda()) {
    return {.max_tokens = kCudaBatchTokens,
            .padding_factor = kCudaPaddingFactor,
            .max_texts = kCudaMaxBatchTexts,
            .min_batches = 1,
            .min_tokens = kCudaMinBatchTokens};
  }
  if (BeginsInBf16(dtype)) {
    return {.max_tokens = kBf16BatchTokens,
            .padding_factor = kNoPaddingLimit,
            .max_texts = kBf16MaxBatchTexts,
            .min_batches = 1,
            .min_tokens = kBf16MinBatchTokens};
  }
  return {.max_tokens = kCpuBatchTokens,
          .padding_factor = 1,
          .max_texts = kCpuMaxBatchTexts,
          .min_batches = 1,
          .min_tokens = kCpuMinBatchTokens};
}

BatchLimits StaticLimits() {
  return {.max_tokens = kStaticBatchTokens,
          .padding_factor = kNoPaddingLimit,
          .max_texts = kStaticBatchTokens,
          .min_batches = 1,
          .min_tokens = kStaticMinBatchTokens};
}

}  // namespace densenode
