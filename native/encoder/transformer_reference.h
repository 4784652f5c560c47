// Transformers in fp32 as plainly as they can be written, products by BLAS: what faster arithmetic is
// measured by when a model is loaded. Weights are read once, layer by layer; nothing is kept.
#pragma once

#include <vector>

#include "encoder/token_batch.h"
#include "encoder/transformer_weights.h"

namespace densenode {

// The last hidden states of all texts, one after another, batch.ids.size() x hidden. All types count as
// 0. Throws ENGINE_FAILED for ids and positions beyond the tables. Computes what the bf16
// engine does (cpu/bf16_session.h).
std::vector<float> TransformerReference(const TransformerWeights& weights, const TokenBatch& batch);

}  // namespace densenode
