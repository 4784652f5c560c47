// What a model folder says: its weights, how to pool, its limits and prompts. Layouts of
// sentence-transformers and plain transformers; followed to the letter, and what cannot be followed is
// refused.
#pragma once

#include <cstddef>
#include <filesystem>
#include <map>
#include <optional>
#include <string>

#include "common/json.h"
#include "encoder/pooling.h"
#include "encoder/weight_files.h"

namespace densenode {

struct ModelDescription {
  WeightFiles weights;
  std::filesystem::path tokenizer;    // the folder with tokenizer.json
  std::filesystem::path config_path;  // config.json; empty for an .onnx file without one
  Json config;
  std::string name;  // "bge-small-en-v1.5": what the folder is called

  PoolingMode pooling = PoolingMode::kMean;
  bool normalize = false;
  std::optional<std::size_t> word_embedding_dimension;  // as 1_Pooling/config.json says

  std::size_t max_tokens = 512;               // special tokens included
  std::optional<std::size_t> position_limit;  // most tokens that the position embeddings allow

  std::map<std::string, std::string> prompts;
  std::optional<std::string> default_prompt;  // a name in prompts
};

// `path`: a folder or an .onnx file (its folder, or the one above, holds tokenizer.json and config files). A
// folder without modules.json is a plain transformers folder: mean pooling, no normalization, as
// sentence-transformers reads it. Throws FILE_NOT_FOUND, MODEL_INVALID (contradictions, missing parts) or
// MODEL_UNSUPPORTED (names the part).
ModelDescription DescribeModel(const std::filesystem::path& path);

}  // namespace densenode
