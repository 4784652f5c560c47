// BERT in fp32 as plainly as it can be written, one text at a time: what faster arithmetic is measured by
// when a model is loaded. Weights are read in place, layer by layer; nothing is kept.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "encoder/bert_weights.h"

namespace densenode {

// The last hidden states, ids.size() x hidden_size. Ids must be of the vocabulary, and not more than there
// are positions; all of type 0.
std::vector<float> BertReference(const BertWeights& weights, std::span<const std::int32_t> ids);

}  // namespace densenode
