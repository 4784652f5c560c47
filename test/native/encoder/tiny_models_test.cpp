// Folder layouts, pooling, prompts and weight types, against sentence-transformers on tiny BERT models.
#include "reference.h"

namespace densenode {
namespace {

std::shared_ptr<EmbeddingModel> LoadTiny(const std::string& name) {
  return LoadWith(kFixtures / "models" / name, [](auto& options) { options.dtype = "fp32"; });
}

class TinyModel : public testing::TestWithParam<const char*> {};

TEST_P(TinyModel, EqualsSentenceTransformers) {
  const std::string name = GetParam();
  const Reference reference(kFixtures / "models" / name / "reference");
  const auto model = LoadTiny(name);
  EXPECT_EQ(model->max_tokens(), reference.manifest()["maxTokens"].get<std::size_t>());
  EXPECT_EQ(model->architecture(), "BertModel");
  for (const auto& [set_name, unused] : reference.manifest()["sets"].items()) {
    const ReferenceSet set = reference.Read(set_name);
    EmbeddingModel::EmbedRequest request;
    if (set.settings.contains("prompt")) request.prompt = model->prompts().at(set.settings["prompt"]);
    std::vector<std::int32_t> counts(set.rows);
    request.token_counts = counts.data();
    ExpectLikeReference(set, Embed(*model, reference.Texts(set), request), 0.999999, name + "_" + set_name);
    if (set_name == "embeddings" && request.prompt.empty()) {
      EXPECT_EQ(Json(counts), reference.manifest()["tokenCounts"]);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(All, TinyModel,
                         testing::Values("tiny-bert-cls", "tiny-bert-mean", "tiny-bert-fp16",
                                         "tiny-bert-bf16", "tiny-bert-current", "tiny-bert-dense"));

TEST(TinyModels, ReadWhatTheFolderSays) {
  const auto cls = LoadTiny("tiny-bert-cls");
  EXPECT_EQ(cls->pooling(), std::vector{PoolingMode::kCls});
  EXPECT_TRUE(cls->normalize());
  EXPECT_EQ(cls->dimension(), 32u);
  EXPECT_EQ(cls->prompts().count("query"), 1u);
  EXPECT_FALSE(cls->default_prompt().has_value());

  const auto plain = LoadTiny("tiny-bert-mean");  // no modules.json
  EXPECT_EQ(plain->pooling(), std::vector{PoolingMode::kMean});
  EXPECT_FALSE(plain->normalize());

  const auto current = LoadTiny("tiny-bert-current");
  EXPECT_EQ(current->pooling(), std::vector{PoolingMode::kLastToken});
  EXPECT_EQ(current->default_prompt(), "passage");
}

TEST(TinyModels, OptionsOverrideTheFolder) {
  EmbeddingModel::LoadOptions options;
  options.pooling = {PoolingMode::kMean};
  options.normalize = false;
  options.dtype = "fp32";
  const auto model = EmbeddingModel::Load(kFixtures / "models/tiny-bert-cls", options);
  const std::vector<std::string> texts = {"a large plant", "hello", ""};
  const auto plain = Embed(*LoadTiny("tiny-bert-mean"), texts);
  EXPECT_LT(LargestDifference(Embed(*model, texts), plain), 1e-6);
}

TEST(TinyModels, LimitsOnMaxTokens) {
  const fs::path path = kFixtures / "models/tiny-bert-cls";
  EmbeddingModel::LoadOptions options;
  for (const std::size_t wrong : {std::size_t{0}, std::size_t{2}, std::size_t{65}, SIZE_MAX}) {
    options.max_tokens = wrong;
    EXPECT_ERROR(EmbeddingModel::Load(path, options), "INVALID_ARGUMENT", "maxTokens must be from 3");
  }
  options.max_tokens = 64;  // past sentence_bert_config.json, within the position embeddings
  EXPECT_EQ(EmbeddingModel::Load(path, options)->max_tokens(), 64u);
}

TEST(TinyModels, DevicesAndTypesOfThisBuild) {
  const fs::path path = kFixtures / "models/tiny-bert-cls";
  EXPECT_ERROR(LoadWith(path, [](auto& options) { options.devices = {"cuda:0"}; }), "DEVICE_UNAVAILABLE",
               "cuda:0");
  EXPECT_ERROR(LoadWith(path, [](auto& options) { options.devices = {"tpu"}; }), "INVALID_ARGUMENT", "tpu");
  EXPECT_ERROR(LoadWith(path, [](auto& options) { options.dtype = "fp16"; }), "MODEL_UNSUPPORTED", "fp16");
  EXPECT_ERROR(LoadWith(path, [](auto& options) { options.dtype = "fp8"; }), "INVALID_ARGUMENT", "fp8");
}

}  // namespace
}  // namespace densenode
