#pragma once

namespace densenode {

// What a model is loaded for: what stands behind its transformer depends on it.
enum class ModelPurpose {
  kEmbeddings,
  kScores,  // of a pair of texts: cross-encoders
  kSparse,  // embeddings of a weight for each token id: SPLADE
  kTokens,  // a vector for each token: late interaction, ColBERT
};

}  // namespace densenode
