// What a folder says of late interaction, in the three forms that there are: sentence-transformers'
// MultiVectorEncoder, PyLate up to version 3, and Stanford's ColBERT.
#pragma once

#include <filesystem>
#include <vector>

#include "encoder/folder/modules_file.h"
#include "encoder/model_folder.h"

namespace densenode {

// Sets late_interaction and the modules that map token vectors. `list`: of modules.json, empty where there is
// none; config, config_path and prompts of the model must be set. Throws MODEL_INVALID, or MODEL_UNSUPPORTED
// with the name of what densenode does not have.
void ReadLateInteraction(const std::filesystem::path& root, const std::vector<ModuleFolder>& list,
                         ModelDescription* model);

}  // namespace densenode
