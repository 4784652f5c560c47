// config_sentence_transformers.json: the prompts of a model, how its embeddings are cut and compared, and how
// its logits become scores.
#pragma once

#include <filesystem>

#include "encoder/model_folder.h"

namespace densenode {

// Sets prompts, default_prompt, similarity, score_activation and truncate_dimension. Throws MODEL_INVALID.
void ReadPrompts(const std::filesystem::path& root, ModelDescription* model);

}  // namespace densenode
