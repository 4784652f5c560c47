// What the order of modules.json means: a transformer, what maps its token vectors, pooling, and what maps
// the vector of the text.
#pragma once

#include <filesystem>
#include <vector>

#include "encoder/folder/modules_file.h"
#include "encoder/model_folder.h"

namespace densenode {

// Sets pooling, modules and normalize; `path` is named in errors. Throws MODEL_INVALID for an order that
// cannot work, MODEL_UNSUPPORTED with the name of a module that densenode does not have.
void FollowModules(const std::vector<ModuleFolder>& list, const std::filesystem::path& path,
                   ModelDescription* model);

}  // namespace densenode
