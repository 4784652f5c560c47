// The real all-MiniLM-L6-v2 against sentence-transformers in fp32.
#include "encoder/transformer_graph.h"
#include "reference.h"

namespace densenode {
namespace {

class MiniLm : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    model_ = LoadWith(kMiniLm, [](auto& options) { options.dtype = "fp32"; });
  }
  static void TearDownTestSuite() { model_.reset(); }
  static std::shared_ptr<EmbeddingModel> model_;
  const Reference reference_{kFixtures / "minilm"};
};
std::shared_ptr<EmbeddingModel> MiniLm::model_;

TEST_F(MiniLm, ReadsItsFolder) {
  EXPECT_EQ(model_->dimension(), 384u);
  EXPECT_EQ(model_->max_tokens(), 256u);
  EXPECT_EQ(model_->pooling(), std::vector{PoolingMode::kMean});
  EXPECT_TRUE(model_->normalize());
  EXPECT_EQ(model_->devices(), std::vector<Device>{Device{}});
  EXPECT_EQ(model_->dtype(), "fp32");
  EXPECT_EQ(model_->weight_bytes(),
            4u * (22713216u - 384u * 385u));  // its 22.7 M parameters without the pooler
}

TEST_F(MiniLm, EmbeddingsOfManyTexts) {
  ReferenceSet all = reference_.Read("embeddings");
  ReferenceSet some = all;
  some.texts.clear();
  some.values.clear();
  const std::size_t step = std::getenv("DENSENODE_TEST_FULL") ? 1 : 5;
  for (std::size_t i = 0; i < all.rows; i += step) {
    some.texts.push_back(i);
    some.values.insert(some.values.end(), all.row(i), all.row(i) + all.columns);
  }
  some.rows = some.texts.size();
  ExpectLikeReference(some, Embed(*model_, reference_.Texts(some)), 0.99999, "embeddings");
}

TEST_F(MiniLm, PoolingPromptsAndCuts) {
  for (const auto& [name, unused] : reference_.manifest()["sets"].items()) {
    const ReferenceSet set = reference_.Read(name);
    if (name == "embeddings" || name == "last_hidden_state" || name == "dimension_128_unnormalized") continue;
    EmbeddingModel::LoadOptions options;
    options.dtype = "fp32";
    options.pooling = {ParsePoolingMode(set.settings.value("pooling", "mean"))};
    if (set.settings.contains("maxTokens")) options.max_tokens = set.settings["maxTokens"].get<std::size_t>();
    EmbeddingModel::EmbedRequest request;
    request.normalize = set.settings.at("normalize") != false;
    request.prompt = set.settings.value("promptText", "");
    request.dimension = set.settings.value("dimension", 0);
    const auto model = EmbeddingModel::Load(kMiniLm, options);
    ExpectLikeReference(set, Embed(*model, reference_.Texts(set), request), 0.99999, name);
  }
}

// Token vectors themselves, before any pooling.
TEST_F(MiniLm, HiddenStates) {
  const ReferenceSet set = reference_.Read("last_hidden_state");
  const Json& entry = reference_.manifest()["sets"]["last_hidden_state"];
  const auto ids = entry["tokenIds"].get<std::vector<std::vector<std::int32_t>>>();
  const Transformer mini_lm(kMiniLm);
  const auto session = OpenTransformerSession(mini_lm.spec, mini_lm.checkpoint);
  PaddedBatch batch;
  batch.count = ids.size();
  for (const auto& text : ids) batch.length = std::max(batch.length, text.size());
  batch.ids.assign(batch.count * batch.length, 0);
  batch.type_ids = batch.ids;
  for (std::size_t i = 0; i < ids.size(); ++i) {
    std::copy(ids[i].begin(), ids[i].end(),
              batch.ids.begin() + static_cast<std::ptrdiff_t>(i * batch.length));
    batch.lengths.push_back(static_cast<std::int32_t>(ids[i].size()));
  }
  batch.seen = batch.lengths;
  const auto output = session->RunPadded(batch, {});
  ASSERT_FALSE(session->pools());
  double most = 0;
  std::size_t row = 0;
  for (std::size_t i = 0; i < ids.size(); ++i) {
    for (std::size_t token = 0; token < ids[i].size(); ++token, ++row) {
      for (std::size_t d = 0; d < 384; ++d) {
        most = std::max(
            most, std::abs(double{output.data[(i * batch.length + token) * 384 + d]} - set.row(row)[d]));
      }
    }
  }
  EXPECT_EQ(row, set.rows);
  EXPECT_LT(most, 2e-5);
  RecordProperty("largest_difference", std::to_string(most));
}

TEST_F(MiniLm, SingleEqualsBatchedInAnyOrder) {
  std::vector<std::string> texts;
  for (std::size_t i = 0; i < 1000; i += 16) texts.push_back(reference_.texts()[i]);
  const std::vector<float> batched = Embed(*model_, texts);
  std::vector<float> single;
  for (const std::string& text : texts) {
    const auto row = Embed(*model_, {text});
    single.insert(single.end(), row.begin(), row.end());
  }
  EXPECT_LT(LargestDifference(batched, single), 1e-5);
  RecordProperty("single_against_batched", std::to_string(1e9 * LargestDifference(batched, single)) + "e-9");

  std::vector<std::string> backwards(texts.rbegin(), texts.rend());
  std::vector<float> turned = Embed(*model_, backwards), expected;
  for (std::size_t i = texts.size(); i-- > 0;) {
    expected.insert(expected.end(), batched.begin() + static_cast<std::ptrdiff_t>(i * 384),
                    batched.begin() + static_cast<std::ptrdiff_t>((i + 1) * 384));
  }
  EXPECT_LT(LargestDifference(turned, expected), 1e-5);
}

}  // namespace
}  // namespace densenode
