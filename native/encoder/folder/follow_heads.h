// What the order of modules.json means for models that do not give embeddings: cross-encoders, sparse
// encoders.
#pragma once

#include <filesystem>
#include <vector>

#include "encoder/folder/modules_file.h"
#include "encoder/model_folder.h"

namespace densenode {

// By model->purpose, kScores or kSparse: sets pooling and modules, or splade. `path` is named in
// errors. Throws MODEL_INVALID for an order that cannot work, MODEL_UNSUPPORTED with the name of a module
// that densenode does not have.
void FollowHeadModules(const std::vector<ModuleFolder>& list, const std::filesystem::path& path,
                       ModelDescription* model);

}  // namespace densenode
