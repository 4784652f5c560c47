// A transformer in bf16, or in 8 bits and bf16, on the CPU: packed tokens, products in AMX or AVX-512, no
// ONNX Runtime.
#pragma once

#include <memory>

#include "encoder/architecture/features.h"
#include "encoder/checkpoint.h"
#include "encoder/cpu/product_kernel.h"
#include "encoder/session.h"

namespace densenode {

// What it computes beyond BERT.
constexpr Feature kBf16Features[] = {Feature::kProjectedEmbeddings,
                                     Feature::kRelativeBias,
                                     Feature::kAlibi,
                                     Feature::kRotaryPositions,
                                     Feature::kNoPositions,
                                     Feature::kNormBefore,
                                     Feature::kRmsNorm,
                                     Feature::kMissingNorm,
                                     Feature::kMissingBias,
                                     Feature::kGatedFeedForward,
                                     Feature::kGroupedQueries,
                                     Feature::kQueryKeyNorm,
                                     Feature::kCausalAttention,
                                     Feature::kWindowedAttention,
                                     Feature::kScaledWords,
                                     Feature::kOutputNorm};

// `spec` has no other features, and `kernel` is one that this CPU has. Weights are copied, rounded to bf16;
// `checkpoint` is not needed afterwards.
std::unique_ptr<EncoderSession> OpenBf16Session(const TransformerSpec& spec, const Checkpoint& checkpoint,
                                                const cpu::ProductKernel& kernel);

}  // namespace densenode
