// The configurations of a model folder, and the modules behind its transformer.
#include <set>

#include "../temporary_folder.h"
#include "encoder/checkpoint.h"
#include "encoder/model_folder.h"
#include "encoder/modules/module_chain.h"
#include "json_words.h"
#include "target.h"

namespace densenode::fuzz {
namespace {

namespace fs = std::filesystem;

constexpr const char* kIndex = "model.safetensors.index.json";
constexpr char kBetween = '\x1e';  // of the files in one input

const fs::path kFixtures = fs::path(DENSENODE_SOURCE_DIR) / "test/fixtures";

constexpr const char* kModels[] = {
    "models/tiny-bert-cls",   "models/tiny-bert-current", "models/tiny-bert-fp16", "models/tiny-albert",
    "models/tiny-distilbert", "models/tiny-electra",      "models/tiny-mpnet",     "models/tiny-roberta",
    "models/tiny-modernbert", "models/tiny-nomic-bert",   "models/tiny-qwen3",     "models/tiny-t5",
    "modules/dense",          "modules/router",           "modules/asym",          "modules/model2vec"};

// Paths in these models, of files with this extension, but for the references.
std::set<fs::path> PathsOf(const char* extension) {
  std::set<fs::path> paths;
  for (const char* model : kModels) {
    for (const auto& entry : fs::recursive_directory_iterator(kFixtures / model)) {
      const fs::path path = entry.path().lexically_relative(kFixtures / model);
      if (path.extension() == extension && *path.begin() != "reference") paths.insert(path);
    }
  }
  return paths;
}

// The files that make up an input, in this order.
const std::set<fs::path>& Configs() {
  static const std::set<fs::path> configs = PathsOf(".json");
  return configs;
}

std::vector<std::string> FolderSeeds() {
  std::vector<std::string> seeds;
  for (const char* model : kModels) {
    std::string seed;
    for (const fs::path& config : Configs()) {
      const fs::path file = kFixtures / model / config;
      if (config.filename() == "tokenizer.json") {
        seed +=
            R"({"normalizer":{"type":"Sequence","normalizers":[{"type":"BertNormalizer","lowercase":true}]}})";
      } else if (config == kIndex) {
        seed += R"({"weight_map":{"linear.weight":"shard.safetensors"}})";
      } else if (fs::exists(file)) {
        seed += test::ReadFile(file);
      }
      seed += kBetween;
    }
    seeds.push_back(seed);
  }
  return seeds;
}

// What modules read their weights from; that of a transformer is only looked for.
void CopyWeights(const fs::path& folder) {
  for (const char* model : kModels) {
    for (const fs::path& path : PathsOf(".safetensors")) {
      if (!fs::exists(kFixtures / model / path)) continue;
      fs::create_directories((folder / path).parent_path());
      fs::copy_file(kFixtures / model / path, folder / path, fs::copy_options::overwrite_existing);
    }
  }
  test::WriteFile(folder / "model.safetensors", "");
  fs::copy_file(kFixtures / "modules/dense/2_Dense/model.safetensors", folder / "shard.safetensors");
}

void ReadFolder(const std::string& input) {
  static const test::TemporaryFolder folder;
  static const bool copied = (CopyWeights(folder / ""), true);
  static_cast<void>(copied);
  std::size_t begin = 0;
  for (const fs::path& config : Configs()) {
    const std::size_t end = std::min(input.find(kBetween, begin), input.size());
    if (end > begin) {
      fs::create_directories((folder / config.string()).parent_path());
      test::WriteFile(folder / config.string(), input.substr(begin, end - begin));
    } else {
      fs::remove(folder / config.string());
    }
    begin = std::min(end + 1, input.size());
  }
  if (fs::exists(folder / kIndex)) {
    try {
      Checkpoint::Open(folder / kIndex);
    } catch (const Error&) {
    }
  }
  for (const auto purpose : {ModelPurpose::kScores, ModelPurpose::kSparse, ModelPurpose::kTokens}) {
    try {
      DescribeRoutes(folder / "", purpose);
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
