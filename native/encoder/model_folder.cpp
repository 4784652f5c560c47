#include "encoder/model_folder.h"

#include <utility>

#include "encoder/folder/config_file.h"
#include "encoder/folder/follow_heads.h"
#include "encoder/folder/follow_modules.h"
#include "encoder/folder/late_interaction_config.h"
#include "encoder/folder/limits.h"
#include "encoder/folder/module_weights.h"
#include "encoder/folder/prompts.h"
#include "encoder/folder/routes.h"
#include "encoder/folder/weights.h"

namespace densenode {
namespace {

namespace fs = std::filesystem;

// The folder that describes an .onnx file: its own, or the one above ("onnx/model.onnx").
fs::path FolderOfOnnxFile(const fs::path& file) {
  const fs::path own = fs::absolute(file).parent_path();
  for (const fs::path& folder : {own, own.parent_path()}) {
    if (IsFile(folder / "modules.json") || IsFile(folder / "tokenizer.json")) return folder;
  }
  Fail(ErrorCode::kFileNotFound, "no tokenizer.json beside ", file, " or one folder above it");
}

// Caches of model hubs keep a model as models--<organization>--<name>/snapshots/<revision>.
std::string NameOfFolder(const fs::path& root) {
  std::error_code ignored;
  fs::path folder = fs::weakly_canonical(root, ignored);
  if (folder.parent_path().filename() == "snapshots") folder = folder.parent_path().parent_path();
  const std::string name = folder.filename().string();
  return name.starts_with("models--") ? name.substr(name.rfind("--") + 2) : name;
}

// These leave the instruction out of pooling though their folders do not say so, as sentence-transformers
// knows by their names too.
bool IsInstructor(const std::string& name) {
  return name == "instructor-base" || name == "instructor-large" || name == "instructor-xl";
}

void DescribeConfig(const fs::path& folder, ModelDescription* model) {
  model->config_path = folder / "config.json";
  if (std::optional<Json> config = ReadConfigIfThere(model->config_path)) model->config = std::move(*config);
}

// A folder of model2vec by its own rules, which differ from those of sentence-transformers' StaticEmbedding.
void DescribeModel2vec(ModelDescription* model) {
  model->normalize = model->config.value("normalize", Json(false)) == true;
  model->leaves_unknown_out = true;
  const auto limit = model->config.find("max_length");
  const bool unlimited = limit != model->config.end() && limit->is_null();
  model->max_tokens = unlimited ? 0 : CountAt(model->config, "max_length", model->config_path).value_or(512);
}

// `root`: where prompts and, in need, tokenizer.json are; `onnx`: the file that was asked for, or empty.
ModelDescription Describe(const fs::path& root, const std::vector<ModuleFolder>& modules,
                          const fs::path& onnx, ModelPurpose purpose) {
  ModelDescription model;
  model.purpose = purpose;
  model.name = NameOfFolder(root);
  if (!modules.empty() && purpose != ModelPurpose::kTokens) {
    const auto follow = purpose == ModelPurpose::kEmbeddings ? FollowModules : FollowHeadModules;
    follow(modules, root / "modules.json", &model);
  }
  if (IsInstructor(model.name)) model.pooling.include_prompt = false;
  const fs::path folder = modules.empty() ? root : modules.front().folder;
  DescribeConfig(folder, &model);
  const bool model2vec = modules.empty() && onnx.empty() && purpose == ModelPurpose::kEmbeddings &&
                         model.config.is_object() && StringOr(model.config, "model_type", "") == "model2vec";
  const bool is_static = model2vec || (!modules.empty() && IsStatic(modules.front().type));
  if (is_static) {
    model.static_embedding = ModuleWeights(folder);
    model.special_tokens = false;
  } else if (!onnx.empty()) {
    model.onnx = onnx;
  } else if (!model.config.is_object()) {
    Fail(ErrorCode::kFileNotFound, "no config.json in ", folder);
  } else {
    ChooseWeights(root, folder, &model);
  }
  model.tokenizer = IsFile(folder / "tokenizer.json") ? folder : root;
  if (!IsFile(model.tokenizer / "tokenizer.json"))
    Fail(ErrorCode::kFileNotFound, "no tokenizer.json in ", folder);
  if (model2vec) {
    DescribeModel2vec(&model);
  } else if (is_static) {
    model.max_tokens = 0;
  } else {
    ReadLimits(folder, &model);
  }
  ReadPrompts(root, &model);
  if (purpose == ModelPurpose::kTokens) ReadLateInteraction(root, modules, &model);
  return model;
}

}  // namespace

RoutedDescription DescribeRoutes(const fs::path& path, ModelPurpose purpose) {
  std::error_code ignored;
  if (!fs::exists(path, ignored)) {
    Fail(ErrorCode::kFileNotFound, "no model at ", path, ": expected a folder or an .onnx file");
  }
  const bool is_folder = fs::is_directory(path, ignored);
  if (!is_folder && path.extension() != ".onnx") {
    Fail(ErrorCode::kModelUnsupported, path, " is neither a model folder nor an .onnx file");
  }
  const fs::path root = is_folder ? path : FolderOfOnnxFile(path);
  const fs::path onnx = is_folder ? fs::path() : path;
  RoutedDescription result;
  if (!IsFile(root / "modules.json")) {
    result.routes.push_back(Describe(root, {}, onnx, purpose));
    result.without_task = 0;
    return result;
  }
  ModuleRoutes modules = ReadRoutes(root);
  if (!is_folder && !modules.tasks.empty()) {
    Fail(ErrorCode::kModelUnsupported, path,
         ": its folder has a Router, whose routes one .onnx file cannot be");
  }
  for (const auto& route : modules.routes) result.routes.push_back(Describe(root, route, onnx, purpose));
  result.tasks = std::move(modules.tasks);
  result.without_task = modules.without_task;
  return result;
}

ModelDescription DescribeModel(const fs::path& path, ModelPurpose purpose) {
  RoutedDescription described = DescribeRoutes(path, purpose);
  return std::move(described.routes[described.without_task.value_or(0)]);
}

}  // namespace densenode
