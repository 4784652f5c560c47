// Which file of a folder holds the weights of its transformer.
#pragma once

#include <filesystem>

#include "encoder/model_folder.h"

namespace densenode {

// Sets `safetensors` and `transformer`, to model.safetensors or else model.safetensors.index.json, where
// densenode builds what config.json describes; else `onnx`, to onnx/model.onnx or model.onnx. `root` is the
// model's folder, `folder` the transformer's. Throws MODEL_UNSUPPORTED where there are only weights that
// densenode does not read, with the remedy; FILE_NOT_FOUND where there are none; MODEL_INVALID as
// ParseTransformer.
void ChooseWeights(const std::filesystem::path& root, const std::filesystem::path& folder,
                   ModelDescription* model);

}  // namespace densenode
