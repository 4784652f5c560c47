// "layer_types" of config.json: which layers see near tokens alone.
#pragma once

#include <cstddef>
#include <optional>

#include "encoder/architecture/config_reader.h"

namespace densenode {

// Whether layer `layer` of `layers` is of type "sliding_attention"; nothing where config.json has no
// "layer_types". MODEL_INVALID for a list of another length, MODEL_UNSUPPORTED for other types than this and
// "full_attention".
std::optional<bool> IsSliding(const ConfigReader& config, std::size_t layer, std::size_t layers);

}  // namespace densenode
