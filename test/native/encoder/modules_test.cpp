// Every module behind the transformer, and StaticEmbedding in place of one, against sentence-transformers and
// model2vec.
#include "reference.h"

namespace densenode {
namespace {

const fs::path kModules = kFixtures / "modules";

EmbeddingModel::LoadOptions LoadOptionsOf(const Json& settings) {
  EmbeddingModel::LoadOptions options;
  options.dtype = "fp32";
  for (const Json& mode : settings.value("pooling", Json::array()))
    options.pooling.push_back(ParsePoolingMode(mode.get<std::string>()));
  if (settings.contains("includePrompt")) options.include_prompt = settings["includePrompt"].get<bool>();
  return options;
}

// What lib/prompts.ts chooses for the settings.
std::string PromptOf(const EmbeddingModel& model, const Json& settings) {
  const auto prompt = [&](const std::string& name) {
    const auto found = model.prompts().find(name);
    return found == model.prompts().end() ? std::string() : found->second;
  };
  if (settings.contains("prompt")) return prompt(settings["prompt"]);
  if (const std::string task = settings.value("task", ""); task == "query" || task == "document") {
    return prompt(task);
  }
  return model.default_prompt() ? prompt(*model.default_prompt()) : "";
}

void ExpectSet(const fs::path& folder, const Reference& reference, const std::string& name) {
  const ReferenceSet set = reference.Read(name);
  const auto model = EmbeddingModel::Load(folder, LoadOptionsOf(set.settings));
  EmbeddingModel::EmbedRequest request;
  request.prompt = PromptOf(*model, set.settings);
  request.task = set.settings.value("task", "");
  request.dimension = set.settings.value("dimension", 0);
  if (set.settings.contains("normalize_embeddings")) request.normalize = true;
  const auto values = Embed(*model, reference.Texts(set), request);
  ASSERT_EQ(values.size(), set.values.size()) << folder << " " << name;
  double most = 0;
  for (std::size_t i = 0; i < values.size(); ++i) {
    most = std::max(most, std::abs(double{values[i]} - set.values[i]) / (1 + std::abs(set.values[i])));
  }
  EXPECT_LT(most, 1e-5) << folder << " " << name;
}

class Modules : public testing::TestWithParam<const char*> {};

TEST_P(Modules, EqualSentenceTransformers) {
  const fs::path folder = kModules / GetParam();
  const Reference reference(folder / "reference");
  for (const auto& [name, unused] : reference.manifest()["sets"].items()) {
    if (name != "embeddings_by_modules") ExpectSet(folder, reference, name);
  }
}

INSTANTIATE_TEST_SUITE_P(All, Modules,
                         testing::Values("pooling", "dense", "token-dense", "static", "model2vec",
                                         "model2vec-int8", "router", "asym", "router-mapped"),
                         [](const auto& info) {
                           std::string name = info.param;
                           std::replace(name.begin(), name.end(), '-', '_');
                           return name;
                         });

// The same folder with the modules.json that model2vec writes beside it.
TEST(Model2vec, IsReadAsSentenceTransformersDoesWhereItHasModules) {
  const TemporaryFolder copy;
  fs::copy(kModules / "model2vec", copy.path(),
           fs::copy_options::recursive | fs::copy_options::overwrite_existing);
  fs::copy_file(kModules / "texts.json", copy.path() / "texts.json");
  const Reference reference(kModules / "model2vec/reference");
  const Json modules = reference.Read("embeddings_by_modules").settings["modules"];
  std::ofstream(copy.path() / "modules.json") << modules.dump();
  ExpectSet(copy.path(), reference, "embeddings_by_modules");
}

TEST(Modules, SayWhatTheFolderSays) {
  const auto dense = LoadWith(kModules / "dense", [](auto& options) { options.dtype = "fp32"; });
  EXPECT_EQ(dense->dimension(), 10u);  // truncate_dim
  EXPECT_EQ(dense->similarity(), "dot");
  EXPECT_FALSE(dense->normalize());
  EXPECT_EQ(dense->pooling(),
            (std::vector{PoolingMode::kCls, PoolingMode::kWeightedMean, PoolingMode::kMax}));
  EXPECT_TRUE(dense->tasks().empty());
  EXPECT_FALSE(dense->needs_task());

  const auto still = EmbeddingModel::Load(kModules / "static", {});
  EXPECT_EQ(still->architecture(), "StaticEmbedding");
  EXPECT_EQ(still->dtype(), "fp32");
  EXPECT_EQ(still->max_tokens(), 0u);
  EXPECT_EQ(still->similarity(), "cosine");
  EXPECT_TRUE(still->normalize());
  EXPECT_EQ(still->dimension(), 8u);
  EXPECT_EQ(EmbeddingModel::Load(kModules / "model2vec", {})->max_tokens(), 512u);
  EXPECT_EQ(EmbeddingModel::Load(kModules / "model2vec-int8", {})->max_tokens(), 6u);

  const auto router = EmbeddingModel::Load(kModules / "router", {});
  EXPECT_EQ(router->tasks(), (std::vector<std::string>{"document", "query"}));
  EXPECT_FALSE(router->needs_task());
  EXPECT_EQ(router->architecture(), "BertModel");
  EXPECT_TRUE(EmbeddingModel::Load(kModules / "asym", {})->needs_task());
  EXPECT_EQ(EmbeddingModel::Load(kModules / "router-mapped", {})->tasks(),
            (std::vector<std::string>{"a", "b", "document", "query"}));
}

TEST(Modules, RefuseUnknownAndMissingTasks) {
  const auto router = EmbeddingModel::Load(kModules / "router", {});
  EmbeddingModel::EmbedRequest request;
  request.task = "answer";
  EXPECT_ERROR(Embed(*router, {"text"}, request), "INVALID_ARGUMENT",
               "task must be one of \"document\", \"query\", not \"answer\"");
  const auto asym = EmbeddingModel::Load(kModules / "asym", {});
  EXPECT_ERROR(Embed(*asym, {"text"}), "INVALID_ARGUMENT", "not missing");
  request.task = "query";
  EXPECT_EQ(Embed(*asym, {"text"}, request).size(), 10u);
}

TEST(Modules, RoutesShareTheirTransformer) {
  const auto asym = LoadWith(kModules / "asym", [](auto& options) { options.dtype = "fp32"; });
  const auto alone = LoadWith(kModules / "pooling", [](auto& options) { options.dtype = "fp32"; });
  EXPECT_EQ(asym->weight_bytes(), alone->weight_bytes());
}

TEST(Modules, InstructorLeavesTheInstructionOut) {
  const TemporaryFolder parent;
  const fs::path folder = parent.path() / "instructor-large";
  fs::copy(kModules / "pooling", folder, fs::copy_options::recursive);
  const Reference reference(kModules / "pooling/reference");
  const ReferenceSet set = reference.Read("mean_without_prompt");
  const auto model = LoadWith(folder, [](auto& options) { options.dtype = "fp32"; });
  EmbeddingModel::EmbedRequest request;
  request.prompt = model->prompts().at("query");
  ExpectLikeReference(set, Embed(*model, reference.Texts(set), request), 0.999999, "instructor");
}

TEST(StaticEmbedding, IsOnTheHostInFp32) {
  const auto load = [](auto change) { return LoadWith(kModules / "static", change); };
  EXPECT_ERROR(load([](auto& options) { options.dtype = "bf16"; }), "MODEL_UNSUPPORTED", "fp32");
  EXPECT_ERROR(load([](auto& options) { options.devices = {"cuda:0"}; }), "DEVICE_UNAVAILABLE", "cuda:0");
  EXPECT_EQ(load([](auto& options) { options.devices = {"cpu"}; })->devices(), std::vector{Device{}});
}

TEST(StaticEmbedding, CutsToMaxTokens) {
  const auto cut = LoadWith(kModules / "static", [](auto& options) { options.max_tokens = 1; });
  const auto whole = EmbeddingModel::Load(kModules / "static", {});
  EXPECT_LT(LargestDifference(Embed(*cut, {"a b c"}), Embed(*whole, {"a"})), 1e-6);
  EXPECT_ERROR(LoadWith(kModules / "static", [](auto& options) { options.max_tokens = 0; }),
               "INVALID_ARGUMENT", "maxTokens");
}

}  // namespace
}  // namespace densenode
