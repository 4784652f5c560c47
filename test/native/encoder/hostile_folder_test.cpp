// Model folders that are cut, contradict themselves or ask for the impossible: a clear error for each.
#include "encoder_test_support.h"

namespace densenode {
namespace {

#define EXPECT_LOAD_ERROR(model, code, part) \
  EXPECT_ERROR(EmbeddingModel::Load((model).path(), {}), code, part)

// Sets one key of config.json and expects the load to fail.
void ExpectConfigError(const char* key, const Json& value, const char* code, const char* part) {
  const SpoiltModel model;
  model.Edit("config.json", [&](Json& config) { config[key] = value; });
  EXPECT_LOAD_ERROR(model, code, part);
}

TEST(HostileFolder, Missing) {
  EXPECT_ERROR(EmbeddingModel::Load("/nonexistent/model", {}), "FILE_NOT_FOUND", "/nonexistent/model");
  const TemporaryFolder empty;
  EXPECT_LOAD_ERROR(empty, "FILE_NOT_FOUND", "config.json");
  for (const char* file : {"config.json", "model.safetensors", "tokenizer.json"}) {
    const SpoiltModel model;
    fs::remove(model.path() / file);
    EXPECT_LOAD_ERROR(model, "FILE_NOT_FOUND", file);
  }
  const SpoiltModel model;
  EXPECT_ERROR(EmbeddingModel::Load(model.path() / "vocab.txt", {}), "MODEL_UNSUPPORTED", "neither");
  fs::rename(model.path() / "model.safetensors", model.path() / "pytorch_model.bin");
  EXPECT_LOAD_ERROR(model, "MODEL_UNSUPPORTED", "pytorch_model.bin");
}

TEST(HostileFolder, WrongJson) {
  for (const char* file : {"config.json", "modules.json", "1_Pooling/config.json",
                           "sentence_bert_config.json", "config_sentence_transformers.json"}) {
    for (const char* text : {"{", "[1, 2", "\"text\"", "3", "null", "\xff\xfe"}) {
      const SpoiltModel model;
      model.Write(file, text);
      EXPECT_LOAD_ERROR(model, "MODEL_INVALID", fs::path(file).filename().string());
    }
  }
}

TEST(HostileFolder, AbsurdNumbers) {
  ExpectConfigError("hidden_size", 0, "MODEL_INVALID", "hidden_size");
  ExpectConfigError("hidden_size", -32, "MODEL_INVALID", "hidden_size");
  ExpectConfigError("hidden_size", "32", "MODEL_INVALID", "hidden_size");
  ExpectConfigError("hidden_size", 1e300, "MODEL_INVALID", "hidden_size");
  ExpectConfigError("num_attention_heads", 5, "MODEL_INVALID", "no multiple");
  ExpectConfigError("num_hidden_layers", std::int64_t{1} << 31, "MODEL_INVALID", "num_hidden_layers");
  ExpectConfigError("num_hidden_layers", 3, "MODEL_INVALID", "no tensor \"encoder.layer.2.");
  ExpectConfigError("max_position_embeddings", std::int64_t{1} << 62, "MODEL_INVALID",
                    "max_position_embeddings");
  ExpectConfigError("vocab_size", 278, "MODEL_INVALID", "word_embeddings");
  ExpectConfigError("intermediate_size", 63, "MODEL_INVALID", "asks for [63, 32]");
  ExpectConfigError("layer_norm_eps", "tiny", "MODEL_INVALID", "layer_norm_eps");
  ExpectConfigError("layer_norm_eps", -1, "MODEL_INVALID", "layer_norm_eps");
}

TEST(HostileFolder, WhatIsNotBuilt) {
  ExpectConfigError("hidden_act", "mish", "MODEL_UNSUPPORTED", "mish");
  ExpectConfigError("hidden_act", 7, "MODEL_UNSUPPORTED", "hidden_act");
  ExpectConfigError("position_embedding_type", "relative_key", "MODEL_UNSUPPORTED", "relative_key");
  ExpectConfigError("is_decoder", true, "MODEL_UNSUPPORTED", "is_decoder");
  const SpoiltModel model;
  model.Edit("config.json", [](Json& config) {
    config["model_type"] = "deberta-v2";
    config["architectures"] = {"DebertaV2Model"};
  });
  EXPECT_LOAD_ERROR(model, "MODEL_UNSUPPORTED", "DebertaV2Model");
}

TEST(HostileFolder, Modules) {
  const auto expect = [](const Json& modules, const char* code, const char* part) {
    const SpoiltModel model;
    model.Write("modules.json", modules.dump());
    EXPECT_LOAD_ERROR(model, code, part);
  };
  const Json transformer = {{"type", "sentence_transformers.models.Transformer"}, {"path", ""}};
  const Json pooling = {{"type", "sentence_transformers.models.Pooling"}, {"path", "1_Pooling"}};
  expect(Json::array(), "MODEL_INVALID", "list of modules");
  expect(Json::array({transformer}), "MODEL_INVALID", "no Pooling");
  expect({transformer, pooling, pooling}, "MODEL_INVALID", "second Pooling");
  expect({pooling, transformer}, "MODEL_UNSUPPORTED", "first module is Pooling");
  expect({transformer, transformer, pooling}, "MODEL_INVALID", "first module");
  expect({transformer, pooling, {{"type", "own.WordWeights"}, {"path", "x"}}}, "MODEL_UNSUPPORTED",
         "WordWeights");
  expect({transformer, {{"type", "a.Pooling"}, {"path", "../1_Pooling"}}}, "MODEL_INVALID", "leaves");
  expect({transformer, {{"type", "a.Pooling"}, {"path", "/etc"}}}, "MODEL_INVALID", "leaves");
  expect({transformer, {{"path", "1_Pooling"}}}, "MODEL_INVALID", "type");
}

TEST(HostileFolder, PoolingAndPrompts) {
  const auto expect = [](const char* file, const Json& json, const char* code, const char* part) {
    const SpoiltModel model;
    model.Write(file, json.dump());
    EXPECT_LOAD_ERROR(model, code, part);
  };
  const char* pooling = "1_Pooling/config.json";
  expect(pooling, Json::object(), "MODEL_INVALID", "no pooling mode");
  expect(pooling, {{"pooling_mode_median_tokens", true}}, "MODEL_UNSUPPORTED", "median");
  expect(pooling, {{"pooling_mode", "median"}}, "MODEL_UNSUPPORTED", "median");
  expect(pooling, {{"pooling_mode", {"mean", 7}}}, "MODEL_UNSUPPORTED", "7");
  expect(pooling, {{"pooling_mode", Json::array()}}, "MODEL_INVALID", "list of 1 to 6");
  expect(pooling, {{"pooling_mode", std::vector<std::string>(7, "mean")}}, "MODEL_INVALID", "list of 1 to 6");
  expect(pooling, {{"pooling_mode", 3}}, "MODEL_INVALID", "pooling_mode");
  expect(pooling, {{"pooling_mode", "mean"}, {"word_embedding_dimension", 33}}, "MODEL_INVALID", "33");
  const char* prompts = "config_sentence_transformers.json";
  expect(prompts, {{"prompts", {{"query", 3}}}}, "MODEL_INVALID", "query");
  expect(prompts, {{"prompts", 3}}, "MODEL_INVALID", "prompts");
  expect(prompts, {{"default_prompt_name", "gone"}}, "MODEL_INVALID", "gone");
  expect("sentence_bert_config.json", {{"max_seq_length", 0}}, "MODEL_INVALID", "max_seq_length");
  expect("sentence_bert_config.json", {{"max_seq_length", "many"}}, "MODEL_INVALID", "max_seq_length");
}

TEST(HostileFolder, TruncatedWeights) {
  const SpoiltModel model;
  const fs::path file = model.path() / "model.safetensors";
  const auto size = fs::file_size(file);
  for (auto cut = size - 1; cut > 1000; cut -= 9973) {
    fs::resize_file(file, cut);
    EXPECT_LOAD_ERROR(model, "FILE_CORRUPT", "model.safetensors");
    if (cut < 11000) break;
  }
}

TEST(HostileFolder, AFolderWhereAFileShouldBe) {
  const SpoiltModel model;
  fs::remove(model.path() / "config.json");
  fs::create_directory(model.path() / "config.json");
  EXPECT_LOAD_ERROR(model, "FILE_NOT_FOUND", "config.json");
}

}  // namespace
}  // namespace densenode
