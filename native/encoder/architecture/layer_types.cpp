#include "encoder/architecture/layer_types.h"

namespace densenode {

std::optional<bool> IsSliding(const ConfigReader& config, std::size_t layer, std::size_t layers) {
  const Json& types = config.Value("layer_types");
  if (types.is_null()) return std::nullopt;
  if (!types.is_array() || types.size() != layers) {
    Fail(ErrorCode::kModelInvalid, config.path(), ": layer_types must be a list of ", layers,
         " types, one for each layer");
  }
  if (types[layer] == "sliding_attention") return true;
  if (types[layer] == "full_attention") return false;
  Fail(ErrorCode::kModelUnsupported, config.path(), ": layer type ", types[layer].dump(),
       " is not supported; full_attention and sliding_attention are");
}

}  // namespace densenode
