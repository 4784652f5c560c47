// What a model folder consists of: weights and configurations.
#include <cstring>

#include "../temporary_folder.h"
#include "common/json.h"
#include "encoder/checkpoint.h"
#include "encoder/linear_adapter.h"
#include "encoder/model_folder.h"
#include "encoder/safetensors.h"
#include "json_words.h"
#include "target.h"

namespace densenode::fuzz {
namespace {

constexpr const char* kTensors[] = {"floats", "halves", "bfloats", "doubles", "bytes", "scalar"};

std::string LengthOf(std::size_t size) {
  std::string bytes(8, '\0');
  std::memcpy(bytes.data(), &size, 8);
  return bytes;
}

std::vector<std::string> SafetensorsSeeds() {
  const std::string header =
      R"({"__metadata__":{"format":"pt"},"floats":{"dtype":"F32","shape":[2,3],"data_offsets":[0,24]},)"
      R"("halves":{"dtype":"F16","shape":[4],"data_offsets":[24,32]},"bfloats":{"dtype":"BF16","shape":[2,1,2],)"
      R"("data_offsets":[32,40]},"doubles":{"dtype":"F64","shape":[1],"data_offsets":[40,48]},)"
      R"("bytes":{"dtype":"U8","shape":[3,0],"data_offsets":[48,48]},"scalar":{"dtype":"F32","shape":[],"data_offsets":[48,52]}})";
  const std::string empty = "{}";
  return {LengthOf(header.size()) + header + std::string(52, '\x40'), LengthOf(empty.size()) + empty};
}

void ReadSafetensors(const std::string& input) {
  static const test::TemporaryFolder folder;
  test::WriteFile(folder / "model.safetensors", input);
  const Safetensors weights = Safetensors::Open(folder / "model.safetensors");
  double sum = 0;
  for (const char* name : kTensors) {
    if (!weights.Has(name)) continue;
    const auto shape = weights.Shape(name);
    try {
      for (const float value : weights.Float32(name, shape).values) sum += value;
      for (const std::uint16_t value : weights.Float16(name, shape).values) sum += value;
    } catch (const Error&) {
    }
  }
  weights.ReleasePages();
  [[maybe_unused]] volatile double kept = sum;
}

std::vector<std::string> AdapterSeeds() {
  const test::TemporaryFolder folder;
  LinearAdapter(3, {1, 0, 0, 0, 1, 0, 0, 0, 1}, {0, 1, 2}, "model").Save(folder / "adapter.safetensors");
  const std::string header = R"({"weight":{"dtype":"F32","shape":[2,2],"data_offsets":[0,16]}})";
  return {test::ReadFile(folder / "adapter.safetensors"),
          LengthOf(header.size()) + header + std::string(16, '\x3f')};
}

void ReadAdapter(const std::string& input) {
  static const test::TemporaryFolder folder;
  test::WriteFile(folder / "adapter.safetensors", input);
  const auto adapter = LinearAdapter::Open(folder / "adapter.safetensors");
  std::vector<float> rows(2 * adapter->dimension(), 0.5f);
  adapter->Apply(rows.data(), 2, rows.data());
}

// The header's length, wherever the header ends now.
void RepairSafetensors(std::string& input) {
  const std::size_t end = input.rfind('}');
  if (input.size() > 8 && end != std::string::npos && end >= 8) input.replace(0, 8, LengthOf(end + 1 - 8));
}

constexpr const char* kIndex = "model.safetensors.index.json";
constexpr const char* kConfigs[] = {"modules.json",
                                    "config.json",
                                    "1_Pooling/config.json",
                                    "sentence_bert_config.json",
                                    "config_sentence_transformers.json",
                                    "tokenizer_config.json",
                                    kIndex,
                                    "tokenizer.json"};
constexpr char kBetween = '\x1e';  // of the files in one input

std::vector<std::string> FolderSeeds() {
  std::vector<std::string> seeds;
  for (const char* model : {"tiny-bert-cls", "tiny-bert-current", "tiny-bert-fp16", "tiny-albert",
                            "tiny-distilbert", "tiny-electra", "tiny-mpnet", "tiny-roberta"}) {
    std::string seed;
    for (const char* config : kConfigs) {
      if (std::string_view(config) == "tokenizer.json") {
        seed +=
            R"({"normalizer":{"type":"Sequence","normalizers":[{"type":"BertNormalizer","lowercase":true}]}})";
      } else if (config == kIndex) {
        seed += R"({"weight_map":{"floats":"shard.safetensors","halves":"shard.safetensors"}})";
      } else {
        const auto models = std::filesystem::path(DENSENODE_SOURCE_DIR) / "test/fixtures/models";
        const bool own = std::filesystem::exists(models / model / config);
        seed += test::ReadFile(models / (own ? model : "tiny-bert-cls") / config);
      }
      seed += kBetween;
    }
    seeds.push_back(seed);
  }
  return seeds;
}

void ReadFolder(const std::string& input) {
  static const test::TemporaryFolder folder;
  std::filesystem::create_directories(folder / "1_Pooling");
  test::WriteFile(folder / "model.safetensors", "");
  std::size_t begin = 0;
  for (const char* config : kConfigs) {
    const std::size_t end = std::min(input.find(kBetween, begin), input.size());
    test::WriteFile(folder / config, input.substr(begin, end - begin));
    begin = std::min(end + 1, input.size());
  }
  test::WriteFile(folder / "shard.safetensors", SafetensorsSeeds().front());
  try {
    DescribeModel(folder / "");
  } catch (const Error&) {
  }
  Checkpoint::Open(folder / kIndex);
}

}  // namespace

const Target kSafetensors{"safetensors", SafetensorsSeeds, ReadSafetensors, RepairSafetensors, kJsonWords};
const Target kLinearAdapter{"linear_adapter", AdapterSeeds, ReadAdapter, RepairSafetensors, kJsonWords};
const Target kModelFolder{"model_folder", FolderSeeds, ReadFolder, nullptr, kJsonWords};

}  // namespace densenode::fuzz
