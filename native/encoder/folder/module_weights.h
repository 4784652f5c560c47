// The weights in the folder of one module after the transformer.
#pragma once

#include <cstddef>
#include <filesystem>

#include "encoder/safetensors.h"

namespace densenode {

constexpr std::size_t kMaxModuleDimension = 65'536;  // that of a VectorIndex

// The module's model.safetensors. Throws MODEL_UNSUPPORTED where there is pytorch_model.bin instead.
std::filesystem::path ModuleWeights(const std::filesystem::path& folder);

inline Safetensors OpenModuleWeights(const std::filesystem::path& folder) {
  return Safetensors::Open(ModuleWeights(folder));
}

}  // namespace densenode
