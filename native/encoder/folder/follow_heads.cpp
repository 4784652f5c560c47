#include "encoder/folder/follow_heads.h"

#include <cstddef>
#include <string>

#include "common/error.h"
#include "encoder/folder/config_file.h"
#include "encoder/folder/pooling_config.h"

namespace densenode {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void Unsupported(const ModuleFolder& module, const fs::path& path, const char* supported) {
  Fail(ErrorCode::kModelUnsupported, path, ": module \"", module.type, "\" is not supported here; ",
       supported, " are");
}

// Of a cross-encoder: the transformer alone, whose class has the head, or pooling and what maps its vector to
// scores.
void FollowScores(const std::vector<ModuleFolder>& list, const fs::path& path, ModelDescription* model) {
  constexpr const char* kSupported = "Transformer, Pooling, Dense, LayerNorm and Dropout";
  bool pooled = false;
  for (std::size_t i = 1; i < list.size(); ++i) {
    const std::string& type = list[i].type;
    if (type == "Pooling" && !pooled) {
      model->pooling = ReadPoolingConfig(list[i].folder);
      pooled = true;
    } else if ((type == "Dense" || type == "LayerNorm") && pooled) {
      model->modules.texts.push_back(list[i]);
    } else if (type != "Dropout") {
      Unsupported(list[i], path, kSupported);
    }
  }
  if (pooled && model->modules.texts.empty())
    Fail(ErrorCode::kModelInvalid, path, " has no module that makes scores of the pooled vector");
}

void FollowSparse(const std::vector<ModuleFolder>& list, const fs::path& path, ModelDescription* model) {
  constexpr const char* kSupported = "Transformer (or MLMTransformer) and SpladePooling";
  if (list.size() != 2) Unsupported(list.back(), path, kSupported);
  if (list[1].type != "SpladePooling") Unsupported(list[1], path, kSupported);
  const fs::path config_path = list[1].folder / "config.json";
  const Json config = ReadConfig(config_path);
  const std::string strategy = StringOr(config, "pooling_strategy", "max");
  const std::string activation = StringOr(config, "activation_function", "relu");
  if ((strategy != "max" && strategy != "sum") || (activation != "relu" && activation != "log1p_relu")) {
    Fail(ErrorCode::kModelUnsupported, config_path, ": pooling_strategy \"", strategy,
         "\" with activation_function \"", activation,
         "\" is not supported; \"max\" and \"sum\" are, with \"relu\" and \"log1p_relu\"");
  }
  model->splade = {.sum = strategy == "sum", .twice = activation == "log1p_relu"};
}

}  // namespace

void FollowHeadModules(const std::vector<ModuleFolder>& list, const fs::path& path, ModelDescription* model) {
  const bool sparse = model->purpose == ModelPurpose::kSparse;
  if (list.empty()) Fail(ErrorCode::kModelInvalid, path, " has a route without modules");
  if (list.front().type != "Transformer" && !(sparse && list.front().type == "MLMTransformer"))
    Unsupported(list.front(), path,
                "as the first module Transformer, and in sparse encoders MLMTransformer,");
  sparse ? FollowSparse(list, path, model) : FollowScores(list, path, model);
}

}  // namespace densenode
