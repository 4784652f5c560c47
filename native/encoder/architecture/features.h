// What a transformer has that not every engine computes.
#pragma once

#include <span>
#include <string>

#include "encoder/architecture/transformer_spec.h"

namespace densenode {

enum class Feature {
  kProjectedEmbeddings,  // ALBERT, ELECTRA
  kRelativeBias,         // MPNet, T5
  kAlibi,
  kRotaryPositions,
  kNoPositions,  // neither a table nor any of the three before
  kNormBefore,   // pre-norm layers
  kRmsNorm,
  kMissingNorm,  // of embeddings or of some part of a layer
  kMissingBias,  // of a norm or a linear map
  kGatedFeedForward,
  kGroupedQueries,  // fewer heads of keys and values than of queries
  kQueryKeyNorm,
  kCausalAttention,
  kWindowedAttention,
  kScaledWords,  // embeddings of words are multiplied
  kOutputNorm,   // of what a part of a layer gives, before it is added
};

// The words for one that `spec` has and `supported` lacks; empty if there is none.
std::string FeatureBeyond(const TransformerSpec& spec, std::span<const Feature> supported);

}  // namespace densenode
