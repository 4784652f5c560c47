#include "encoder/folder/follow_modules.h"

#include <string>

#include "encoder/folder/config_file.h"
#include "encoder/folder/pooling_config.h"

namespace densenode {
namespace {

constexpr const char* kTokens = "token_embeddings";
constexpr const char* kText = "sentence_embedding";

// What a module reads and writes, of the vectors that sentence-transformers hands from one to the next.
std::string InputOf(const ModuleFolder& module) {
  if (module.type != "Dense" && module.type != "Normalize") return kText;
  const std::filesystem::path path = module.folder / "config.json";
  const Json config = ReadConfigIfThere(path).value_or(Json::object());
  const std::string input = StringOr(config, "module_input_name", kText);
  const std::string output = StringOr(config, "module_output_name", input);
  if (output != input || (input != kText && input != kTokens)) {
    Fail(ErrorCode::kModelUnsupported, path, ": a ", module.type, " module from \"", input, "\" to \"",
         output, "\" is not supported; densenode follows \"", kTokens, "\" and \"", kText, "\"");
  }
  return input;
}

// What the InstructorEmbedding package calls Transformer and Pooling; its Pooling leaves the instruction out.
constexpr const char* kInstructorTransformer = "INSTRUCTOR_Transformer";
constexpr const char* kInstructorPooling = "INSTRUCTOR_Pooling";

bool TakesTexts(const std::string& type) {
  return type == "Transformer" || type == kInstructorTransformer || IsStatic(type);
}

bool MapsVectors(const std::string& type) {
  return type == "Dense" || type == "LayerNorm" || type == "Normalize" || type == "Dropout";
}

}  // namespace

void FollowModules(const std::vector<ModuleFolder>& list, const std::filesystem::path& path,
                   ModelDescription* model) {
  if (list.empty()) Fail(ErrorCode::kModelInvalid, path, " has a route without modules");
  if (!TakesTexts(list.front().type)) {
    Fail(ErrorCode::kModelUnsupported, path, ": the first module is ", list.front().type,
         "; Transformer and StaticEmbedding are supported");
  }
  bool pooled = IsStatic(list.front().type);
  for (std::size_t i = 1; i < list.size(); ++i) {
    const std::string& type = list[i].type;
    if (TakesTexts(type)) Fail(ErrorCode::kModelInvalid, path, ": ", type, " must be the first module");
    if (type == "Pooling" || type == kInstructorPooling) {
      if (pooled) {
        Fail(ErrorCode::kModelInvalid, path, " has a second Pooling module, or one behind StaticEmbedding");
      }
      pooled = true;
      model->pooling = ReadPoolingConfig(list[i].folder);
      if (type == kInstructorPooling) model->pooling.include_prompt = false;
      continue;
    }
    if (!MapsVectors(type)) {
      Fail(ErrorCode::kModelUnsupported, path, ": module \"", type,
           "\" is not supported; Transformer, StaticEmbedding, Router, Pooling, Dense, LayerNorm, Normalize "
           "and "
           "Dropout are");
    }
    const std::string wanted = pooled ? kText : kTokens;
    if (const std::string input = InputOf(list[i]); input != wanted) {
      Fail(ErrorCode::kModelInvalid, path, ": ", type, " maps \"", input, "\", but stands ",
           pooled ? "behind" : "before", " Pooling");
    }
    if (type == "Dropout") continue;  // drops nothing when nothing is trained
    (pooled ? model->modules.texts : model->modules.tokens).push_back(list[i]);
  }
  if (!pooled) Fail(ErrorCode::kModelInvalid, path, " has no Pooling module");
  std::vector<ModuleFolder>& texts = model->modules.texts;
  while (!texts.empty() && texts.back().type == "Normalize") {
    model->normalize = true;
    texts.pop_back();
  }
}

}  // namespace densenode
