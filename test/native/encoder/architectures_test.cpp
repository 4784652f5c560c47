// BERT's relatives against sentence-transformers, in each type that they have
// (test/fixtures/make_architectures.py).
#include "reference.h"

namespace densenode {
namespace {

struct Case {
  const char* folder;
  const char* architecture;
};

class Architecture : public testing::TestWithParam<Case> {
 protected:
  fs::path folder() const { return kFixtures / "models" / GetParam().folder; }

  const Reference reference_{folder() / "reference"};
  const ReferenceSet set_ = reference_.Read("embeddings");
};

TEST_P(Architecture, EqualsSentenceTransformers) {
  const auto model = LoadWith(folder(), [](auto& options) { options.dtype = "fp32"; });
  EXPECT_EQ(model->architecture(), GetParam().architecture);
  EXPECT_EQ(model->max_tokens(), reference_.manifest()["maxTokens"].get<std::size_t>());
  std::vector<std::int32_t> counts(set_.rows);
  EmbeddingModel::EmbedRequest request;
  request.token_counts = counts.data();
  ExpectLikeReference(set_, Embed(*model, reference_.Texts(set_), request), 0.999999, "fp32");
  EXPECT_EQ(Json(counts), reference_.manifest()["tokenCounts"]);
}

TEST_P(Architecture, IsLikeItInBf16) {
  if (!HasBf16()) GTEST_SKIP() << "no bf16 here";
  const auto model = LoadWith(folder(), [](auto& options) { options.dtype = "bf16"; });
  ExpectCosines(set_, Embed(*model, reference_.Texts(set_)), 0.9995);
}

TEST_P(Architecture, IsNearItInInt8Bf16) {
  if (!HasInt8Bf16()) GTEST_SKIP() << "no 8 bits here";
  const auto model = LoadWith(folder(), [](auto& options) { options.dtype = "int8-bf16"; });
  ExpectCosines(set_, Embed(*model, reference_.Texts(set_)), 0.995);
}

INSTANTIATE_TEST_SUITE_P(
    All, Architecture,
    testing::Values(Case{"tiny-albert", "AlbertModel"}, Case{"tiny-camembert", "CamembertModel"},
                    Case{"tiny-distilbert", "DistilBertModel"}, Case{"tiny-electra", "ElectraModel"},
                    Case{"tiny-mpnet", "MPNetModel"}, Case{"tiny-roberta", "RobertaModel"},
                    Case{"tiny-xlm-roberta", "XLMRobertaModel"}),
    [](const auto& info) { return std::string(info.param.architecture); });

// What config.json says of a model, without its weights.
TransformerSpec Parse(const Json& config) {
  return ParseTransformer(Json::parse(config.dump()), "config.json");  // numbers as a file has them
}

Json BertConfig() {
  return {{"vocab_size", 100},        {"hidden_size", 32},       {"num_hidden_layers", 2},
          {"num_attention_heads", 4}, {"intermediate_size", 64}, {"max_position_embeddings", 50},
          {"type_vocab_size", 2}};
}

Json With(Json config, const Json& changes) {
  config.update(changes);
  return config;
}

TEST(Families, AreFoundByClassThenByType) {
  const Json bert = BertConfig();
  const auto name = [&](const Json& changes) { return Parse(With(bert, changes)).architecture; };
  EXPECT_EQ(name({{"model_type", "bert"}}), "BertModel");
  EXPECT_EQ(name({{"architectures", {"BertForMaskedLM"}}}), "BertModel");
  EXPECT_EQ(name({{"architectures", {"CamembertForSequenceClassification"}}}), "CamembertModel");
  EXPECT_EQ(name({{"architectures", {"XLMRobertaModel"}}, {"model_type", "bert"}}), "XLMRobertaModel");
  EXPECT_EQ(name({{"architectures", {"MyOwnModel"}}, {"model_type", "roberta"}}), "RobertaModel");
  EXPECT_EQ(Parse(With(bert, {{"model_type", "camembert"}})).prefix, "roberta.");
  for (const Json& other : {Json{{"model_type", "bert-generation"}}, Json{{"architectures", {"Bert"}}},
                            Json{{"architectures", {"BertGenerationEncoder"}}}, Json{{"architectures", 3}},
                            Json{{"architectures", {7}}}, Json{{"model_type", nullptr}}, Json::object()}) {
    EXPECT_ERROR(Parse(With(bert, other)), "MODEL_UNSUPPORTED", "BertModel, ");
  }
  EXPECT_ERROR(Parse(Json::array()), "MODEL_INVALID", "JSON object");
}

TEST(Families, PositionsFollowPadding) {
  const Json roberta = With(BertConfig(), {{"model_type", "roberta"}});
  EXPECT_EQ(Parse(roberta).embeddings.positions->most_tokens(), 48u);
  const auto limit = [](const Json& config) {
    return PositionLimit(Json::parse(config.dump()), "config.json");
  };
  EXPECT_EQ(limit(roberta), 48u);
  EXPECT_EQ(limit(With(roberta, {{"pad_token_id", 0}})), 49u);
  EXPECT_EQ(limit(BertConfig()), 50u);
  EXPECT_EQ(limit(Json::object()), std::nullopt);
  for (const Json& changes : {Json{{"max_position_embeddings", 2}}, Json{{"pad_token_id", 49}}}) {
    EXPECT_ERROR(Parse(With(roberta, changes)), "MODEL_INVALID", "positions begin after");
  }
  EXPECT_ERROR(Parse(With(roberta, {{"pad_token_id", -1}})), "MODEL_INVALID", "pad_token_id");
}

TEST(Families, RefuseWhatTheyAreNot) {
  const Json mpnet = With(BertConfig(), {{"model_type", "mpnet"}});
  EXPECT_ERROR(Parse(With(mpnet, {{"relative_attention_num_buckets", 64}})), "MODEL_UNSUPPORTED",
               "relative_attention_num_buckets 64");
  EXPECT_ERROR(Parse(With(mpnet, {{"pad_token_id", 0}})), "MODEL_UNSUPPORTED", "pad_token_id 0");
  const Json albert = With(BertConfig(), {{"model_type", "albert"}, {"embedding_size", 24}});
  EXPECT_ERROR(Parse(With(BertConfig(), {{"model_type", "albert"}})), "MODEL_INVALID", "embedding_size");
  for (const int groups : {0, 3})
    EXPECT_ERROR(Parse(With(albert, {{"num_hidden_groups", groups}})), "MODEL_INVALID", "num_hidden_groups");
  EXPECT_ERROR(Parse(With(albert, {{"inner_group_num", 1 << 20}})), "MODEL_INVALID", "inner_group_num");
  EXPECT_ERROR(Parse(With(BertConfig(), {{"model_type", "distilbert"}})), "MODEL_INVALID", "lacks \"dim\"");
}

// Layers run in the order that Python's int(i / (layers / groups)) gives, floating-point division included.
TEST(Families, AlbertRunsItsGroups) {
  const auto order = [](int layers, int groups, int inner) {
    return Parse(With(BertConfig(), {{"model_type", "albert"},
                                     {"embedding_size", 24},
                                     {"num_hidden_layers", layers},
                                     {"num_hidden_groups", groups},
                                     {"inner_group_num", inner}}))
        .layer_order;
  };
  using Order = std::vector<std::size_t>;
  EXPECT_EQ(order(3, 1, 1), (Order{0, 0, 0}));
  EXPECT_EQ(order(5, 2, 2), (Order{0, 1, 0, 1, 0, 1, 2, 3, 2, 3}));
  EXPECT_EQ(order(18, 14, 1), (Order{0, 0, 1, 2, 3, 3, 4, 5, 6, 6, 7, 8, 9, 10, 10, 11, 12, 13}));
}

}  // namespace
}  // namespace densenode
