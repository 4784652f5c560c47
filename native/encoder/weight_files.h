// Which of the files in a model's folder its weights are read from.
#pragma once

#include <filesystem>
#include <optional>

#include "common/json.h"
#include "encoder/architecture/transformer_spec.h"

namespace densenode {

struct WeightFiles {
  // Either an exported model, or what Checkpoint::Open reads and what it is of.
  std::filesystem::path onnx = {};
  std::filesystem::path safetensors = {};
  std::optional<TransformerSpec> transformer = std::nullopt;
};

// `folder` is the transformer's, `root` the model's. model.safetensors, then model.safetensors.index.json,
// where densenode builds what `config` describes; else onnx/model.onnx or model.onnx. Throws
// MODEL_UNSUPPORTED where there are only weights that densenode does not read, with the remedy;
// FILE_NOT_FOUND where there are none; MODEL_INVALID as ParseTransformer.
WeightFiles ChooseWeightFiles(const std::filesystem::path& root, const std::filesystem::path& folder,
                              const Json& config);

}  // namespace densenode
