// config_sentence_transformers.json: the prompts of a model, and how its embeddings are cut and compared.
#pragma once

#include <filesystem>

#include "encoder/model_folder.h"

namespace densenode {

// Sets prompts, default_prompt, similarity and truncate_dimension. Throws MODEL_INVALID.
void ReadPrompts(const std::filesystem::path& root, ModelDescription* model);

}  // namespace densenode
