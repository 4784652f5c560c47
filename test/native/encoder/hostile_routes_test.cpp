// Routers and StaticEmbeddings that contradict themselves or reach out of their folder.
#include "encoder_test_support.h"

namespace densenode {
namespace {

using Change = std::function<void(Json&)>;

void ExpectRouterError(const Change& change, const char* code, const char* part) {
  const SpoiltModel model("../modules/router");
  model.Edit("router_config.json", change);
  EXPECT_ERROR(EmbeddingModel::Load(model.path(), {}), code, part);
}

TEST(HostileRouter, Configs) {
  ExpectRouterError([](Json& config) { config.erase("types"); }, "MODEL_INVALID", "types");
  ExpectRouterError([](Json& config) { config["structure"] = Json::array(); }, "MODEL_INVALID", "structure");
  ExpectRouterError([](Json& config) { config["structure"] = Json::object(); }, "MODEL_INVALID", "structure");
  ExpectRouterError([](Json& config) { config["structure"]["query"] = "x"; }, "MODEL_INVALID", "query");
  ExpectRouterError([](Json& config) { config["structure"]["query"] = {"gone"}; }, "MODEL_INVALID", "gone");
  ExpectRouterError([](Json& config) { config["structure"]["query"] = {7}; }, "MODEL_INVALID", "7");
  ExpectRouterError([](Json& config) { config["structure"]["query"] = Json::array(); }, "MODEL_UNSUPPORTED",
                    "first module is Normalize");
  ExpectRouterError([](Json& config) { config["types"]["../../x"] = "a.Dense"; }, "MODEL_INVALID", "leaves");
  ExpectRouterError([](Json& config) { config["types"]["/etc"] = "a.Dense"; }, "MODEL_INVALID", "leaves");
  ExpectRouterError([](Json& config) { config["types"]["inner"] = "a.Router"; }, "MODEL_UNSUPPORTED",
                    "Router in a Router");
  ExpectRouterError([](Json& config) { config["types"]["inner"] = 3; }, "MODEL_INVALID", "inner");
  ExpectRouterError([](Json& config) { config["parameters"] = 3; }, "MODEL_INVALID", "parameters");
  ExpectRouterError([](Json& config) { config["parameters"]["default_route"] = "gone"; }, "MODEL_INVALID",
                    "gone");
  ExpectRouterError(
      [](Json& config) {
        config["parameters"]["route_mappings"] = {{"('a', None)", "gone"}};
      },
      "MODEL_INVALID", "gone");
  ExpectRouterError(
      [](Json& config) {
        for (int i = 0; i < 100; ++i) config["types"]["module" + std::to_string(i)] = "a.Dense";
      },
      "MODEL_INVALID", "at most 64");
}

TEST(HostileRouter, KeysThatAreNoPairsAreForOthers) {
  const SpoiltModel model("../modules/router");
  model.Edit("router_config.json", [](Json& config) {
    for (const char* key :
         {"", "(", "()", "('a')", "('a", "('a', 'b', 'c')", "(x, y)", "('a', ('text', 'image'))"})
      config["parameters"]["route_mappings"][key] = "query";
  });
  EXPECT_EQ(EmbeddingModel::Load(model.path(), {})->tasks(), (std::vector<std::string>{"document", "query"}));
}

TEST(HostileRouter, DimensionsMustAgree) {
  const SpoiltModel model("../modules/router");
  model.Edit("router_config.json", [](Json& config) {
    Json& route = config["structure"]["document"];
    route.erase(route.size() - 1);  // its Dense
  });
  EXPECT_ERROR(EmbeddingModel::Load(model.path(), {}), "MODEL_UNSUPPORTED", "dimensions, which cannot");
}

TEST(HostileModules, WhatIsNotBuiltIsNamed) {
  for (const char* type : {"WordWeights", "BoW", "CNN", "LSTM", "WordEmbeddings", "WeightedLayerPooling"}) {
    const SpoiltModel model("../modules/pooling");
    model.Edit("modules.json", [&](Json& modules) {
      modules.push_back({{"type", std::string("sentence_transformers.models.") + type}, {"path", "9"}});
    });
    EXPECT_ERROR(EmbeddingModel::Load(model.path(), {}), "MODEL_UNSUPPORTED", type);
    const SpoiltModel first("../modules/pooling");
    first.Edit("modules.json", [&](Json& modules) { modules[0]["type"] = std::string("a.") + type; });
    EXPECT_ERROR(EmbeddingModel::Load(first.path(), {}), "MODEL_UNSUPPORTED", type);
  }
}

// A .safetensors file of tensors that need no more than zeros.
void WriteZeros(const fs::path& path, const std::string& header, std::size_t bytes) {
  std::ofstream file(path, std::ios::binary);
  std::string length(8, '\0');
  for (std::size_t i = 0; i < 8; ++i) length[i] = static_cast<char>(header.size() >> 8 * i);
  file << length << header << std::string(bytes, '\0');
}

TEST(HostileStatic, Weights) {
  const auto expect = [](const std::string& header, std::size_t bytes, const char* code, const char* part) {
    const SpoiltModel model("../modules/model2vec");
    WriteZeros(model.path() / "model.safetensors", header, bytes);
    EXPECT_ERROR(EmbeddingModel::Load(model.path(), {}), code, part);
  };
  expect(R"({"x":{"dtype":"F32","shape":[1,2],"data_offsets":[0,8]}})", 8, "MODEL_INVALID",
         "embedding.weight");
  expect(R"({"embeddings":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}})", 8, "MODEL_INVALID",
         "tokens x dimension");
  expect(R"({"embeddings":{"dtype":"F32","shape":[0,2],"data_offsets":[0,0]}})", 0, "MODEL_INVALID",
         "tokens x dimension");
  expect(R"({"embeddings":{"dtype":"U8","shape":[2,2],"data_offsets":[0,4]}})", 4, "MODEL_UNSUPPORTED", "U8");
  expect(R"({"embeddings":{"dtype":"F32","shape":[1,2],"data_offsets":[0,8]},)"
         R"("weights":{"dtype":"F32","shape":[3],"data_offsets":[8,20]}})",
         20, "MODEL_INVALID", "weights");
  expect(R"({"embeddings":{"dtype":"F32","shape":[1,2],"data_offsets":[0,8]},)"
         R"("mapping":{"dtype":"F32","shape":[2],"data_offsets":[8,16]}})",
         16, "MODEL_UNSUPPORTED", "mapping");
}

TEST(HostileStatic, RowsThatAreNotThere) {
  const SpoiltModel model("../modules/model2vec");
  std::string header = R"({"embeddings":{"dtype":"I8","shape":[1,4],"data_offsets":[0,4]},)"
                       R"("mapping":{"dtype":"I32","shape":[1],"data_offsets":[4,8]}})";
  WriteZeros(model.path() / "model.safetensors", header, 8);
  const auto small = EmbeddingModel::Load(model.path(), {});  // a vector for token 0 alone
  EXPECT_ERROR(Embed(*small, {"the"}), "ENGINE_FAILED", "outside of the model's 1");
  {
    std::fstream file(model.path() / "model.safetensors", std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(-4, std::ios::end);
    file.put(1);
  }
  EXPECT_ERROR(EmbeddingModel::Load(model.path(), {}), "MODEL_INVALID", "mapping");
}

}  // namespace
}  // namespace densenode
