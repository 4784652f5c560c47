// A session on an exported .onnx file.
#pragma once

#include <filesystem>
#include <memory>

#include "encoder/padded_session.h"

namespace densenode {

// Inputs: any of input_ids, attention_mask, token_type_ids, each int64 [batch, tokens]. Output:
// last_hidden_state or token_embeddings, fp32 [batch, tokens, dimension], pooled by densenode; else
// sentence_embedding, fp32 [batch, dimension], taken as it is. Throws MODEL_UNSUPPORTED naming inputs or
// outputs that are none of these, FILE_NOT_FOUND, FILE_UNREADABLE or FILE_CORRUPT.
std::unique_ptr<PaddedSession> OpenOnnxFile(const std::filesystem::path& path,
                                            const Ort::SessionOptions& options);

}  // namespace densenode
