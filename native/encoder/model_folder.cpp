#include "encoder/model_folder.h"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "encoder/architecture/families.h"

namespace densenode {
namespace {

namespace fs = std::filesystem;

bool IsFile(const fs::path& path) {
  std::error_code ignored;
  return fs::is_regular_file(path, ignored);
}

Json ReadObject(const fs::path& path) {
  Json json = ReadJsonFile(path, ErrorCode::kModelInvalid);
  if (!json.is_object()) Fail(ErrorCode::kModelInvalid, path, " must hold a JSON object");
  return json;
}

std::optional<Json> ReadObjectIfThere(const fs::path& path) {
  if (!IsFile(path)) return std::nullopt;
  return ReadObject(path);
}

std::string StringOr(const Json& object, const char* key, const std::string& otherwise) {
  const auto found = object.find(key);
  return found != object.end() && found->is_string() ? found->get<std::string>() : otherwise;
}

// A positive whole number; nothing for null, a missing key or the "no limit" (1e30) of transformers.
std::optional<std::size_t> CountAt(const Json& object, const char* key, const fs::path& path) {
  const auto found = object.find(key);
  if (found == object.end() || found->is_null()) return std::nullopt;
  if (found->is_number() && found->get<double>() > 1e9) return std::nullopt;
  if (!found->is_number_unsigned() || found->get<std::uint64_t>() == 0) {
    Fail(ErrorCode::kModelInvalid, path, ": \"", key, "\" must be a positive whole number, not ",
         found->dump());
  }
  return found->get<std::size_t>();
}

struct Module {
  std::string type;  // last part of the Python class: "Transformer", "Pooling", ...
  fs::path folder;
};

std::vector<Module> ReadModules(const fs::path& root, const fs::path& path) {
  const Json list = ReadJsonFile(path, ErrorCode::kModelInvalid);
  if (!list.is_array() || list.empty()) Fail(ErrorCode::kModelInvalid, path, " must hold a list of modules");
  std::vector<Module> modules;
  for (const Json& entry : list) {
    if (!entry.is_object() || StringOr(entry, "type", "").empty()) {
      Fail(ErrorCode::kModelInvalid, path, ": a module lacks its \"type\"");
    }
    const std::string type = StringOr(entry, "type", "");
    const fs::path relative = StringOr(entry, "path", "");
    // A folder must not reach out of the model.
    const bool outside =
        relative.is_absolute() || std::find(relative.begin(), relative.end(), "..") != relative.end();
    if (outside)
      Fail(ErrorCode::kModelInvalid, path, ": module path ", relative, " leaves the model's folder");
    modules.push_back({type.substr(type.rfind('.') + 1), root / relative});
  }
  return modules;
}

// Names of the modes in 1_Pooling/config.json: today's "pooling_mode", and the older flags
// "pooling_mode_<name>".
constexpr std::array<std::tuple<const char*, const char*, PoolingMode>, 5> kPoolingNames = {{
    {"cls", "pooling_mode_cls_token", PoolingMode::kCls},
    {"mean", "pooling_mode_mean_tokens", PoolingMode::kMean},
    {"max", "pooling_mode_max_tokens", PoolingMode::kMax},
    {"mean_sqrt_len_tokens", "pooling_mode_mean_sqrt_len_tokens", PoolingMode::kMeanSqrtLen},
    {"lasttoken", "pooling_mode_lasttoken", PoolingMode::kLastToken},
}};

PoolingMode PoolingModeOf(const Json& config, const fs::path& path) {
  if (const std::string name = StringOr(config, "pooling_mode", ""); !name.empty()) {
    for (const auto& [mode_name, flag, mode] : kPoolingNames) {
      if (name == mode_name) return mode;
    }
    Fail(ErrorCode::kModelUnsupported, path, ": pooling mode \"", name, "\" is not supported");
  }
  std::vector<PoolingMode> chosen;
  for (const auto& [key, value] : config.items()) {
    if (!key.starts_with("pooling_mode_") || value != true) continue;
    const auto known = std::find_if(kPoolingNames.begin(), kPoolingNames.end(),
                                    [&name = key](const auto& entry) { return name == std::get<1>(entry); });
    if (known == kPoolingNames.end())
      Fail(ErrorCode::kModelUnsupported, path, ": ", key, " is not supported");
    chosen.push_back(std::get<2>(*known));
  }
  if (chosen.size() > 1) {
    Fail(ErrorCode::kModelUnsupported, path, ": several pooling modes joined end to end are not supported");
  }
  if (chosen.empty()) Fail(ErrorCode::kModelInvalid, path, " names no pooling mode");
  return chosen.front();
}

void ReadPooling(const fs::path& folder, ModelDescription* model) {
  const fs::path path = folder / "config.json";
  const Json config = ReadObject(path);
  model->pooling = PoolingModeOf(config, path);
  if (const auto prompt = config.find("include_prompt"); prompt != config.end() && *prompt == false) {
    Fail(ErrorCode::kModelUnsupported, path,
         ": include_prompt = false (pooling without the prompt) is not supported");
  }
  model->word_embedding_dimension = CountAt(config, "word_embedding_dimension", path);
  if (!model->word_embedding_dimension) {
    model->word_embedding_dimension = CountAt(config, "embedding_dimension", path);
  }
}

// Follows modules.json; returns the folder of the transformer.
fs::path FollowModules(const fs::path& root, ModelDescription* model) {
  const fs::path path = root / "modules.json";
  const std::vector<Module> modules = ReadModules(root, path);
  bool pooled = false;
  for (std::size_t i = 0; i < modules.size(); ++i) {
    const std::string& type = modules[i].type;
    if ((type == "Transformer") != (i == 0)) {
      if (type == "Transformer")
        Fail(ErrorCode::kModelInvalid, path, ": Transformer must be the first module");
      Fail(ErrorCode::kModelUnsupported, path, ": the first module is ", type,
           "; only Transformer is supported");
    }
    if (type == "Transformer") continue;
    if (type == "Pooling") {
      if (pooled) Fail(ErrorCode::kModelInvalid, path, " has two Pooling modules");
      pooled = true;
      ReadPooling(modules[i].folder, model);
    } else if (type == "Normalize") {
      if (!pooled) Fail(ErrorCode::kModelInvalid, path, ": Normalize stands before Pooling");
      model->normalize = true;
    } else {
      Fail(ErrorCode::kModelUnsupported, path, ": module \"", type,
           "\" is not supported; Transformer, Pooling and Normalize are");
    }
  }
  if (!pooled) Fail(ErrorCode::kModelInvalid, path, " has no Pooling module");
  return modules.front().folder;
}

void ReadPrompts(const fs::path& root, ModelDescription* model) {
  const fs::path path = root / "config_sentence_transformers.json";
  const std::optional<Json> config = ReadObjectIfThere(path);
  if (!config) return;
  if (const auto prompts = config->find("prompts"); prompts != config->end() && !prompts->is_null()) {
    if (!prompts->is_object()) Fail(ErrorCode::kModelInvalid, path, ": \"prompts\" must be an object");
    for (const auto& [name, text] : prompts->items()) {
      if (text.is_null()) continue;
      if (!text.is_string()) Fail(ErrorCode::kModelInvalid, path, ": prompt \"", name, "\" is not a string");
      model->prompts.emplace(name, text.get<std::string>());
    }
  }
  if (const auto name = config->find("default_prompt_name"); name != config->end() && !name->is_null()) {
    if (!name->is_string() || !model->prompts.contains(name->get<std::string>())) {
      Fail(ErrorCode::kModelInvalid, path, ": default_prompt_name ", name->dump(), " is not in \"prompts\"");
    }
    model->default_prompt = name->get<std::string>();
  }
}

bool HasLowercase(const Json& normalizer) {
  if (!normalizer.is_object()) return false;
  const std::string type = StringOr(normalizer, "type", "");
  if (type == "Lowercase") return true;
  if (type == "BertNormalizer") return normalizer.value("lowercase", Json(true)) == true;
  const auto list = normalizer.find("normalizers");
  return type == "Sequence" && list != normalizer.end() &&
         std::any_of(list->begin(), list->end(), HasLowercase);
}

void ReadLimits(const fs::path& folder, ModelDescription* model) {
  std::optional<std::size_t> asked;
  const fs::path path = folder / "sentence_bert_config.json";
  if (const std::optional<Json> config = ReadObjectIfThere(path)) {
    asked = CountAt(*config, "max_seq_length", path);
    const auto lower = config->find("do_lower_case");
    if (lower != config->end() && *lower == true) {
      const Json tokenizer = ReadObject(model->tokenizer / "tokenizer.json");
      const auto normalizer = tokenizer.find("normalizer");
      if (normalizer == tokenizer.end() || !HasLowercase(*normalizer)) {
        Fail(ErrorCode::kModelUnsupported, path,
             ": do_lower_case with a tokenizer that keeps case is not supported");
      }
    }
  }
  const fs::path tokenizer_config = model->tokenizer / "tokenizer_config.json";
  if (!asked) {
    if (const auto config = ReadObjectIfThere(tokenizer_config)) {
      asked = CountAt(*config, "model_max_length", tokenizer_config);
    }
  }
  if (model->config.is_object()) model->position_limit = PositionLimit(model->config, model->config_path);
  model->max_tokens = asked.value_or(model->position_limit.value_or(512));
  if (model->position_limit) model->max_tokens = std::min(model->max_tokens, *model->position_limit);
}

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

}  // namespace

ModelDescription DescribeModel(const fs::path& path) {
  std::error_code ignored;
  if (!fs::exists(path, ignored)) {
    Fail(ErrorCode::kFileNotFound, "no model at ", path, ": expected a folder or an .onnx file");
  }
  ModelDescription model;
  const bool is_folder = fs::is_directory(path, ignored);
  if (!is_folder && path.extension() != ".onnx") {
    Fail(ErrorCode::kModelUnsupported, path, " is neither a model folder nor an .onnx file");
  }
  const fs::path root = is_folder ? path : FolderOfOnnxFile(path);
  model.name = NameOfFolder(root);
  const bool has_modules = IsFile(root / "modules.json");
  const fs::path folder = has_modules ? FollowModules(root, &model) : root;

  model.config_path = folder / "config.json";
  if (std::optional<Json> config = ReadObjectIfThere(model.config_path)) {
    model.config = std::move(*config);
  } else if (is_folder) {
    Fail(ErrorCode::kFileNotFound, "no config.json in ", folder);
  }
  model.weights = is_folder ? ChooseWeightFiles(root, folder, model.config) : WeightFiles{.onnx = path};
  model.tokenizer = IsFile(folder / "tokenizer.json") ? folder : root;
  if (!IsFile(model.tokenizer / "tokenizer.json"))
    Fail(ErrorCode::kFileNotFound, "no tokenizer.json in ", folder);
  ReadLimits(folder, &model);
  ReadPrompts(root, &model);
  return model;
}

}  // namespace densenode
