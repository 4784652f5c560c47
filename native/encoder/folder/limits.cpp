#include "encoder/folder/limits.h"

#include <algorithm>

#include "encoder/architecture/families.h"
#include "encoder/folder/config_file.h"

namespace densenode {
namespace {

bool HasLowercase(const Json& normalizer) {
  if (!normalizer.is_object()) return false;
  const std::string type = StringOr(normalizer, "type", "");
  if (type == "Lowercase") return true;
  if (type == "BertNormalizer") return normalizer.value("lowercase", Json(true)) == true;
  const auto list = normalizer.find("normalizers");
  return type == "Sequence" && list != normalizer.end() &&
         std::any_of(list->begin(), list->end(), HasLowercase);
}

}  // namespace

void ReadLimits(const std::filesystem::path& folder, ModelDescription* model) {
  std::optional<std::size_t> asked;
  const std::filesystem::path path = folder / "sentence_bert_config.json";
  if (const std::optional<Json> config = ReadConfigIfThere(path)) {
    asked = CountAt(*config, "max_seq_length", path);
    const auto lower = config->find("do_lower_case");
    if (lower != config->end() && *lower == true) {
      const Json tokenizer = ReadConfig(model->tokenizer / "tokenizer.json");
      const auto normalizer = tokenizer.find("normalizer");
      if (normalizer == tokenizer.end() || !HasLowercase(*normalizer)) {
        Fail(ErrorCode::kModelUnsupported, path,
             ": do_lower_case with a tokenizer that keeps case is not supported");
      }
    }
  }
  const std::filesystem::path tokenizer_config = model->tokenizer / "tokenizer_config.json";
  if (!asked) {
    if (const auto config = ReadConfigIfThere(tokenizer_config)) {
      asked = CountAt(*config, "model_max_length", tokenizer_config);
    }
  }
  if (model->config.is_object()) model->position_limit = PositionLimit(model->config, model->config_path);
  model->max_tokens = asked.value_or(model->position_limit.value_or(512));
  if (model->position_limit) model->max_tokens = std::min(model->max_tokens, *model->position_limit);
}

}  // namespace densenode
