#include "encoder/folder/late_interaction_config.h"

#include <algorithm>
#include <cctype>
#include <string>

#include "common/error.h"
#include "encoder/folder/class_name.h"
#include "encoder/folder/config_file.h"

namespace densenode {
namespace {

namespace fs = std::filesystem;

// string.punctuation of Python.
std::vector<std::string> Punctuation() {
  std::vector<std::string> marks;
  for (char c = '!'; c <= '~'; ++c)
    if (std::ispunct(static_cast<unsigned char>(c))) marks.emplace_back(1, c);
  return marks;
}

bool BoolOr(const Json& object, const char* key, bool otherwise) {
  const auto found = object.find(key);
  return found != object.end() && found->is_boolean() ? found->get<bool>() : otherwise;
}

std::optional<std::vector<std::string>> StringsAt(const Json& object, const char* key, const fs::path& path) {
  const auto found = object.find(key);
  if (found == object.end() || found->is_null()) return std::nullopt;
  std::vector<std::string> strings;
  for (const Json& each : found->is_array() ? *found : Json::array({*found})) {
    if (!each.is_string()) Fail(ErrorCode::kModelInvalid, path, ": \"", key, "\" must be a list of strings");
    strings.push_back(each.get<std::string>());
  }
  return strings;
}

// The expansion of sentence-transformers; null turns it off.
std::optional<LateInteraction::Expansion> ReadExpansion(const Json& from, const fs::path& path) {
  if (!from.is_object()) return std::nullopt;
  LateInteraction::Expansion expansion;
  const std::string strategy = StringOr(from, "strategy", "");
  if (strategy != "fixed" && strategy != "min")
    Fail(ErrorCode::kModelInvalid, path, ": query_expansion needs the strategy \"fixed\" or \"min\"");
  expansion.fixed = strategy == "fixed";
  expansion.length = CountAt(from, "length", path).value_or(LateInteraction::Expansion::kLength);
  expansion.seen = BoolOr(from, "attend", false);
  expansion.token = StringOr(from, "token", "");
  return expansion;
}

void ReadLengths(const Json& config, const fs::path& path, LateInteraction* late) {
  if (auto length = CountAt(config, "query_length", path)) late->query.most_tokens = length;
  if (auto length = CountAt(config, "document_length", path)) late->document.most_tokens = length;
  if (const auto found = config.find("query_expansion"); found != config.end())
    late->expansion = ReadExpansion(*found, path);
}

// Keys that PyLate wrote beside the prompts. Without any of them nothing is changed.
void ReadPyLate(const Json& config, const fs::path& path, LateInteraction* late) {
  bool marked = false;
  for (const char* key : {"query_length", "document_length", "query_expansion", "do_query_expansion",
                          "attend_to_expansion_tokens", "query_prefix", "document_prefix", "skiplist_words"})
    marked |= config.contains(key);
  if (!marked) return;
  late->marker = true;
  late->query.prompt = StringOr(config, "query_prefix", late->query.prompt);
  late->document.prompt = StringOr(config, "document_prefix", late->document.prompt);
  ReadLengths(config, path, late);
  if (!config.contains("query_expansion") && BoolOr(config, "do_query_expansion", true)) {
    late->expansion = LateInteraction::Expansion{
        .length = late->query.most_tokens.value_or(LateInteraction::Expansion::kLength),
        .seen = BoolOr(config, "attend_to_expansion_tokens", false),
        .token = "",
    };
  }
}

void ReadStanford(const fs::path& root, LateInteraction* late) {
  const fs::path path = root / "artifact.metadata";
  const Json metadata = ReadConfigIfThere(path).value_or(Json::object());
  late->inline_projection = late->normalizes = late->marker = true;
  late->query.prompt = StringOr(metadata, "query_token_id", "[unused0]");
  late->document.prompt = StringOr(metadata, "doc_token_id", "[unused1]");
  late->document.most_tokens = CountAt(metadata, "doc_maxlen", path);
  late->expansion = LateInteraction::Expansion{
      .length = CountAt(metadata, "query_maxlen", path).value_or(LateInteraction::Expansion::kLength),
      .seen = BoolOr(metadata, "attend_to_mask_tokens", false),
      .token = ""};
  if (BoolOr(metadata, "mask_punctuation", true)) late->skipped = Punctuation();
}

// Modules after the transformer; whether one of them is a mask of sentence-transformers.
bool FollowModules(const std::vector<ModuleFolder>& list, const fs::path& path, ModelDescription* model) {
  LateInteraction& late = model->late_interaction;
  bool masked = false;
  for (std::size_t i = 1; i < list.size(); ++i) {
    const std::string& type = list[i].type;
    if (type == "Dense") {
      model->modules.tokens.push_back(list[i]);
    } else if (type == "MultiVectorMask") {
      const fs::path config_path = list[i].folder / "config.json";
      const Json config = ReadConfigIfThere(config_path).value_or(Json::object());
      masked = true;
      if (const auto only = config.find("keep_only_token_ids"); only != config.end() && !only->empty()) {
        Fail(ErrorCode::kModelUnsupported, config_path,
             ": keep_only_token_ids, vectors of some tokens alone, is not supported");
      }
      late.skipped = StringsAt(config, "skiplist_words", config_path).value_or(late.skipped);
      const auto tasks = StringsAt(config, "skiplist_tasks", config_path);
      const auto has = [&](const char* task) {
        return std::find(tasks->begin(), tasks->end(), task) != tasks->end();
      };
      if (tasks) {
        late.skips_documents = has("document");
        late.skips_queries = has("query");
      }
    } else if (type == "Normalize") {
      late.normalizes = true;
    } else {
      Fail(ErrorCode::kModelUnsupported, path, ": module \"", type,
           "\" is not supported here; Transformer, Dense, MultiVectorMask and Normalize are");
    }
  }
  return masked;
}

}  // namespace

void ReadLateInteraction(const fs::path& root, const std::vector<ModuleFolder>& list,
                         ModelDescription* model) {
  LateInteraction& late = model->late_interaction;
  if (list.empty()) {
    if (ClassName(model->config) == "HF_ColBERT") return ReadStanford(root, &late);
    Fail(ErrorCode::kModelUnsupported, root,
         " is no late-interaction model: it has neither modules.json nor the "
         "architecture HF_ColBERT");
  }
  if (list.front().type != "Transformer")
    Fail(ErrorCode::kModelUnsupported, root / "modules.json", ": the first module is ", list.front().type,
         "; Transformer is supported");
  if (const auto found = model->prompts.find("query"); found != model->prompts.end())
    late.query.prompt = found->second;
  if (const auto found = model->prompts.find("document"); found != model->prompts.end())
    late.document.prompt = found->second;
  const fs::path transformer = list.front().folder / "sentence_bert_config.json";
  if (const auto config = ReadConfigIfThere(transformer)) ReadLengths(*config, transformer, &late);
  const fs::path path = root / "config_sentence_transformers.json";
  const Json config = ReadConfigIfThere(path).value_or(Json::object());
  ReadPyLate(config, path, &late);
  const bool masked = FollowModules(list, root / "modules.json", model);
  if (late.marker && !masked)
    late.skipped = StringsAt(config, "skiplist_words", path).value_or(Punctuation());
  if (StringOr(config, "model_type", "") == "ColBERT") late.normalizes = true;  // PyLate did that by itself
}

}  // namespace densenode
