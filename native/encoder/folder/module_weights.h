// The dimensions and weights in the folder of one module after the transformer.
#pragma once

#include <cstddef>
#include <filesystem>

#include "common/json.h"
#include "encoder/safetensors.h"

namespace densenode {

constexpr std::size_t kMaxModuleDimension = 65'536;  // that of a VectorIndex

// What config.json of a module says of its dimension at `key`. Throws MODEL_INVALID, which names `path`, for
// what is not from 1 to kMaxModuleDimension.
std::size_t DimensionAt(const Json& config, const char* key, const std::filesystem::path& path);

// The module's model.safetensors. Throws MODEL_UNSUPPORTED where there is pytorch_model.bin instead.
std::filesystem::path ModuleWeights(const std::filesystem::path& folder);

inline Safetensors OpenModuleWeights(const std::filesystem::path& folder) {
  return Safetensors::Open(ModuleWeights(folder));
}

}  // namespace densenode
