// The configurations of a model folder, and the modules behind its transformer.
#include "../temporary_folder.h"
#include "encoder/checkpoint.h"
#include "encoder/model_folder.h"
#include "encoder/modules/module_chain.h"
#include "json_words.h"
#include "target.h"

namespace densenode::fuzz {
namespace {

constexpr const char* kIndex = "model.safetensors.index.json";
constexpr const char* kConfigs[] = {"modules.json",
                                    "config.json",
                                    "1_Pooling/config.json",
                                    "sentence_bert_config.json",
                                    "config_sentence_transformers.json",
                                    "tokenizer_config.json",
                                    "tokenizer.json",
                                    kIndex,
                                    "router_config.json",
                                    "2_Dense/config.json",
                                    "3_LayerNorm/config.json",
                                    "2_Router/config.json"};
constexpr char kBetween = '\x1e';  // of the files in one input

const std::filesystem::path kFixtures = std::filesystem::path(DENSENODE_SOURCE_DIR) / "test/fixtures";

std::vector<std::string> FolderSeeds() {
  std::vector<std::string> seeds;
  for (const char* model :
       {"models/tiny-bert-cls", "models/tiny-bert-current", "models/tiny-bert-fp16", "models/tiny-albert",
        "models/tiny-distilbert", "models/tiny-electra", "models/tiny-mpnet", "models/tiny-roberta",
        "modules/dense", "modules/router", "modules/asym", "modules/model2vec"}) {
    std::string seed;
    for (const char* config : kConfigs) {
      const std::filesystem::path file = kFixtures / model / config;
      if (std::string_view(config) == "tokenizer.json") {
        seed +=
            R"({"normalizer":{"type":"Sequence","normalizers":[{"type":"BertNormalizer","lowercase":true}]}})";
      } else if (config == kIndex) {
        seed += R"({"weight_map":{"linear.weight":"shard.safetensors"}})";
      } else if (std::filesystem::exists(file)) {
        seed += test::ReadFile(file);
      }
      seed += kBetween;
    }
    seeds.push_back(seed);
  }
  return seeds;
}

void ReadFolder(const std::string& input) {
  static const test::TemporaryFolder folder;
  for (const char* module : {"", "1_Pooling", "2_Dense", "3_LayerNorm", "2_Router"}) {
    std::filesystem::create_directories(folder / module);
    test::WriteFile(folder / module / "model.safetensors", "");
  }
  static const std::string dense = test::ReadFile(kFixtures / "modules/dense/2_Dense/model.safetensors"),
                           norm = test::ReadFile(kFixtures / "modules/dense/3_LayerNorm/model.safetensors");
  test::WriteFile(folder / "2_Dense/model.safetensors", dense);
  test::WriteFile(folder / "3_LayerNorm/model.safetensors", norm);
  std::size_t begin = 0;
  for (const char* config : kConfigs) {
    const std::size_t end = std::min(input.find(kBetween, begin), input.size());
    if (end > begin) {
      test::WriteFile(folder / config, input.substr(begin, end - begin));
    } else {
      std::filesystem::remove(folder / config);
    }
    begin = std::min(end + 1, input.size());
  }
  test::WriteFile(folder / "shard.safetensors", dense);
  if (std::filesystem::exists(folder / kIndex)) {
    try {
      Checkpoint::Open(folder / kIndex);
    } catch (const Error&) {
    }
  }
  for (const ModelDescription& route : DescribeRoutes(folder / "").routes) {
    const std::size_t width = route.transformer ? route.transformer->hidden : 16;
    const ModuleChain chain(route.modules, route.pooling, width);
    const std::vector<float> tokens(3 * width, 0.5f);
    std::vector<float> out(chain.dimension());
    chain.Embed(tokens.data(), 3, 1, {.dimension = out.size(), .normalize = route.normalize}, out.data());
  }
}

}  // namespace

const Target kModelFolder{"model_folder", FolderSeeds, ReadFolder, nullptr, kJsonWords};

}  // namespace densenode::fuzz
