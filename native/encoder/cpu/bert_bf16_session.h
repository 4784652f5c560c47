// BERT in bf16 on the CPU: packed tokens, products in AMX or AVX512-BF16, no ONNX Runtime.
#pragma once

#include <memory>

#include "encoder/bert_graph.h"
#include "encoder/cpu/product_kernel.h"
#include "encoder/safetensors.h"
#include "encoder/session.h"

namespace densenode {

// `kernel` is one that this CPU has. Weights are copied, rounded to bf16; `weights` is not needed afterwards.
std::unique_ptr<EncoderSession> OpenBertBf16Session(const BertConfig& config, const Safetensors& weights,
                                                    const cpu::ProductKernel& kernel);

}  // namespace densenode
