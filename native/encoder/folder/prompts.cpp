#include "encoder/folder/prompts.h"

#include "encoder/folder/config_file.h"

namespace densenode {

void ReadPrompts(const std::filesystem::path& root, ModelDescription* model) {
  const std::filesystem::path path = root / "config_sentence_transformers.json";
  const std::optional<Json> config = ReadConfigIfThere(path);
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
    const bool known = name->is_string() && model->prompts.contains(name->get<std::string>());
    // These two are there in sentence-transformers also where a folder does not name them: empty.
    if (!known && *name != "query" && *name != "document") {
      Fail(ErrorCode::kModelInvalid, path, ": default_prompt_name ", name->dump(), " is not in \"prompts\"");
    }
    if (known) model->default_prompt = name->get<std::string>();
  }
  const std::string similarity = StringOr(*config, "similarity_fn_name", "cosine");
  if (similarity == "dot" || similarity == "euclidean" || similarity == "manhattan")
    model->similarity = similarity;  // other names are no similarity of two embeddings
  model->score_activation = StringOr(*config, "activation_fn", "");
  model->truncate_dimension = CountAt(*config, "truncate_dim", path);
}

}  // namespace densenode
