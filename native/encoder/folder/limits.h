// How long texts may be.
#pragma once

#include <filesystem>

#include "encoder/model_folder.h"

namespace densenode {

// Sets max_tokens and position_limit by sentence_bert_config.json, tokenizer_config.json and config.json.
// `folder` is the transformer's; the tokenizer's and config.json must be set. Throws MODEL_INVALID, or
// MODEL_UNSUPPORTED for do_lower_case with a tokenizer that keeps case.
void ReadLimits(const std::filesystem::path& folder, ModelDescription* model);

}  // namespace densenode
