// A vector for each token of the vocabulary and no transformer: the vector of a text is the mean of those of
// its tokens (StaticEmbedding of sentence-transformers, and model2vec).
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>

#include "encoder/session.h"

namespace densenode {

// `weights`: a .safetensors file with "embedding.weight" or, as model2vec stores it, "embeddings" and, where
// tokens share rows, "mapping" (a row of `embeddings` for each token) and "weights" (a factor for each
// token). F32 stays in the file's mapping. Tokens with the id `left_out` take no part. Throws MODEL_INVALID
// for other tensors and for rows that are not there, and as Safetensors::Open. Run fails with ENGINE_FAILED
// for ids that have no vector.
std::unique_ptr<EncoderSession> OpenStaticSession(const std::filesystem::path& weights,
                                                  std::optional<std::int32_t> left_out);

}  // namespace densenode
