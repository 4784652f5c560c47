#include "encoder/architecture/families.h"

#include <algorithm>
#include <iterator>
#include <string>
#include <string_view>

#include "encoder/folder/class_name.h"
#include "encoder/folder/config_file.h"

namespace densenode {
namespace {

// The first position is pad_token_id + 1.
std::optional<std::size_t> PositionsAfterPadding(const ConfigReader& config) {
  const auto positions = AllPositions(config);
  if (!positions) return std::nullopt;
  const std::size_t skipped = config.PaddingId(1) + 1;
  return *positions > skipped ? *positions - skipped : 1;
}

struct Family {
  std::string_view class_name;  // of Python's transformers, without its ending: "Bert" of BertModel
  std::string_view model_type;  // of config.json; "" where it is another family's too
  std::string_view prefix;      // of names in checkpoints of BertForMaskedLM and the like: "bert."
  TransformerSpec (*parse)(const ConfigReader& config);  // all but architecture and prefix
  std::optional<std::size_t> (*position_limit)(const ConfigReader& config) = AllPositions;
};

constexpr Family kFamilies[] = {
    {"Albert", "albert", "albert.", ParseAlbert},
    {"Bert", "bert", "bert.", ParseBert},
    {"Camembert", "camembert", "roberta.", ParseRoberta, PositionsAfterPadding},
    {"DistilBert", "distilbert", "distilbert.", ParseDistilBert},
    {"Electra", "electra", "electra.", ParseElectra},
    {"Gemma3Text", "gemma3_text", "model.", ParseGemma3},
    {"Gte", "gte", "gte.", ParseGte},
    {"JinaBert", "", "bert.", ParseJinaBert},
    {"Llama", "llama", "model.", ParseLlama},
    {"Mistral", "mistral", "model.", ParseMistral},
    {"ModernBert", "modernbert", "model.", ParseModernBert},
    {"MPNet", "mpnet", "mpnet.", ParseMpnet, PositionsAfterPadding},
    {"New", "new", "new.", ParseGte},
    {"NomicBert", "nomic_bert", "bert.", ParseNomicBert, NomicPositions},
    {"Qwen2", "qwen2", "model.", ParseQwen2},
    {"Qwen3", "qwen3", "model.", ParseQwen3},
    {"Roberta", "roberta", "roberta.", ParseRoberta, PositionsAfterPadding},
    {"T5Encoder", "t5", "", ParseT5},
    {"XLMRoberta", "xlm-roberta", "roberta.", ParseRoberta, PositionsAfterPadding},
};

// "BertModel", "BertForMaskedLM" and the like of "Bert".
bool IsClassOf(std::string_view text, const Family& family) {
  if (!text.starts_with(family.class_name)) return false;
  text.remove_prefix(family.class_name.size());
  return text == "Model" || text.starts_with("For");
}

// The family of a config.json: by the class that "architectures" names, else by "model_type"; nullptr where
// densenode builds neither.
const Family* FindFamily(const Json& config) {
  if (!config.is_object()) return nullptr;
  const auto first = [](auto is) {
    const auto found = std::find_if(std::begin(kFamilies), std::end(kFamilies), is);
    return found == std::end(kFamilies) ? nullptr : &*found;
  };
  const std::string name = ClassName(config), type = StringOr(config, "model_type", "");
  if (const auto* family = first([&](const Family& f) { return IsClassOf(name, f); })) return family;
  return first([&](const Family& f) { return !type.empty() && f.model_type == type; });
}

// Their classes, for errors: "AlbertModel, BertModel, ...".
std::string SupportedArchitectures() {
  std::string list;
  for (const Family& family : kFamilies)
    list.append(list.empty() ? "" : ", ").append(family.class_name).append("Model");
  return list;
}

}  // namespace

std::optional<std::size_t> AllPositions(const ConfigReader& config) {
  if (!config.Has("max_position_embeddings")) return std::nullopt;
  return config.PositionCount();
}

TransformerSpec ParseTransformer(const Json& config, const std::filesystem::path& path) {
  const ConfigReader reader(config, path);
  const Family* const family = FindFamily(config);
  if (!family) {
    Fail(ErrorCode::kModelUnsupported, path, ": model_type ", reader.Value("model_type"), " of class ",
         reader.Value("architectures"), " is not supported; ", SupportedArchitectures(), " are");
  }
  TransformerSpec spec = family->parse(reader);
  spec.architecture = std::string(family->class_name) + "Model";
  spec.prefix = family->prefix;
  return spec;
}

std::optional<std::size_t> PositionLimit(const Json& config, const std::filesystem::path& path) {
  const ConfigReader reader(config, path);
  const Family* const family = FindFamily(config);
  return family ? family->position_limit(reader) : AllPositions(reader);
}

}  // namespace densenode
