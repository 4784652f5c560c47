// Transformers in fp32 as plainly as they can be written, one text at a time: what faster arithmetic is
// measured by when a model is loaded. Weights are read layer by layer; nothing is kept.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "encoder/transformer_weights.h"

namespace densenode {

// The last hidden states, ids.size() x hidden. Ids must be of the vocabulary, and not more than there are
// positions; all of type 0.
std::vector<float> TransformerReference(const TransformerWeights& weights, std::span<const std::int32_t> ids);

}  // namespace densenode
