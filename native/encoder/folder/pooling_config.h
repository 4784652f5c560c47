// The config.json of a module of type Pooling.
#pragma once

#include <filesystem>

#include "encoder/modules/pooling.h"

namespace densenode {

// Reads today's "pooling_mode" (a name or a list of names) and the older flags "pooling_mode_<name>". Throws
// MODEL_INVALID, or MODEL_UNSUPPORTED for a mode that sentence-transformers does not have.
Pooling ReadPoolingConfig(const std::filesystem::path& folder);

}  // namespace densenode
