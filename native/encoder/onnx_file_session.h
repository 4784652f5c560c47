// A session on an exported .onnx file.
#pragma once

#include <filesystem>
#include <memory>

#include "encoder/model_purpose.h"
#include "encoder/padded_session.h"

namespace densenode {

// Inputs: any of input_ids, attention_mask, token_type_ids, each int64 [batch, tokens]. Outputs, all fp32:
// for embeddings last_hidden_state or token_embeddings, [batch, tokens, dimension], pooled by densenode, else
// sentence_embedding, [batch, dimension], taken as it is; for vectors of tokens the first two alone; for
// scores logits, [batch, labels]; for sparse embeddings logits, [batch, tokens, vocabulary]. Throws
// MODEL_UNSUPPORTED naming inputs or outputs that are none of these, FILE_NOT_FOUND, FILE_UNREADABLE or
// FILE_CORRUPT.
std::unique_ptr<PaddedSession> OpenOnnxFile(const std::filesystem::path& path,
                                            const Ort::SessionOptions& options,
                                            ModelPurpose purpose = ModelPurpose::kEmbeddings);

}  // namespace densenode
