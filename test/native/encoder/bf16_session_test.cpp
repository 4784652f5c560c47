// Transformers in bf16, on every kernel that this CPU has, against the fp32 session and
// sentence-transformers.
#ifdef __AVX512F__
#include "encoder/cpu/bf16_session.h"

#include "encoder/transformer_graph.h"
#include "encoder/transformer_reference.h"
#include "reference.h"

namespace densenode {
namespace {

const cpu::ProductKernel* KernelNamed(const std::string& name) {
  return name == "amx" ? cpu::AmxKernel() : cpu::Avx512Kernel();
}

std::unique_ptr<EncoderSession> Open(const fs::path& folder, const cpu::ProductKernel* kernel) {
  const Transformer model(folder);
  if (!kernel) return OpenTransformerSession(model.spec, model.checkpoint);
  return OpenBf16Session(model.spec, model.checkpoint, *kernel);
}

std::vector<float> EmbedBatch(const EncoderSession& session, const TokenBatch& batch,
                              const EncoderSession::RunSettings& settings = {},
                              PoolingMode mode = PoolingMode::kMean) {
  const std::size_t dimension = session.dimension();
  std::vector<float> out(batch.count() * dimension);
  session.Run(batch, settings, [&](std::size_t text, const float* vectors, std::size_t rows) {
    EXPECT_EQ(rows, static_cast<std::size_t>(batch.lengths[text]));
    PoolText(mode, vectors, rows, 0, dimension, dimension, out.data() + text * dimension);
  });
  return out;
}

TokenBatch BatchOf(const std::vector<std::vector<std::int32_t>>& texts) {
  TokenBatch batch;
  for (const auto& ids : texts) {
    batch.ids.insert(batch.ids.end(), ids.begin(), ids.end());
    batch.lengths.push_back(static_cast<std::int32_t>(ids.size()));
  }
  batch.type_ids.assign(batch.ids.size(), 0);
  return batch;
}

std::vector<std::vector<std::int32_t>> SomeTexts(const std::vector<std::size_t>& lengths,
                                                 std::int32_t vocabulary) {
  std::vector<std::vector<std::int32_t>> texts;
  std::uint32_t state = 1;
  for (const std::size_t length : lengths) {
    auto& ids = texts.emplace_back(length);
    for (auto& id : ids)
      id = static_cast<std::int32_t>((state = state * 1664525 + 1013904223) >> 8) % vocabulary;
  }
  return texts;
}

// Multiplies an F32 tensor of a file.
void ScaleTensor(const fs::path& path, const std::string& name, float factor) {
  std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
  std::uint64_t header_size = 0;
  file.read(reinterpret_cast<char*>(&header_size), sizeof header_size);
  std::string header(header_size, ' ');
  file.read(header.data(), static_cast<std::streamsize>(header_size));
  const Json tensor = Json::parse(header).at(name);
  const auto begin = tensor["data_offsets"][0].get<std::uint64_t>(),
             end = tensor["data_offsets"][1].get<std::uint64_t>();
  std::vector<float> values((end - begin) / sizeof(float));
  const auto at = static_cast<std::streamoff>(sizeof header_size + header_size + begin);
  file.seekg(at);
  file.read(reinterpret_cast<char*>(values.data()), static_cast<std::streamsize>(end - begin));
  for (float& value : values) value *= factor;
  file.seekp(at);
  file.write(reinterpret_cast<const char*>(values.data()), static_cast<std::streamsize>(end - begin));
  ASSERT_TRUE(file.good());
}

class Bf16Session : public testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    kernel_ = KernelNamed(GetParam());
    if (!kernel_) GTEST_SKIP() << "this CPU has no " << GetParam();
  }
  const cpu::ProductKernel* kernel_ = nullptr;
};

TEST_P(Bf16Session, MiniLmIsLikeFp32) {
  const auto fp32 = Open(kMiniLm, nullptr), bf16 = Open(kMiniLm, kernel_);
  const TokenBatch batch = BatchOf(SomeTexts({1, 2, 3, 8, 16, 17, 31, 32, 33, 64, 100, 256}, 30522));
  for (const PoolingMode mode : {PoolingMode::kMean, PoolingMode::kCls, PoolingMode::kMax}) {
    const auto expected = EmbedBatch(*fp32, batch, {}, mode), got = EmbedBatch(*bf16, batch, {}, mode);
    for (std::size_t i = 0; i < batch.count(); ++i) {
      EXPECT_GE(Cosine(got.data() + i * 384, expected.data() + i * 384, 384), 0.9995)
          << batch.lengths[i] << " tokens, " << PoolingModeName(mode);
    }
  }
  EXPECT_LT(bf16->weight_bytes(), fp32->weight_bytes() * 11 / 20);
}

TEST_P(Bf16Session, TinyModelsAreLikeFp32) {
  for (const char* name : {"tiny-bert-cls", "tiny-bert-fp16", "tiny-bert-bf16"}) {
    const auto fp32 = Open(kFixtures / "models" / name, nullptr),
               bf16 = Open(kFixtures / "models" / name, kernel_);
    const TokenBatch batch = BatchOf(SomeTexts({1, 2, 5, 16, 33, 64}, 279));
    const auto expected = EmbedBatch(*fp32, batch), got = EmbedBatch(*bf16, batch);
    for (std::size_t i = 0; i < batch.count(); ++i)
      EXPECT_GE(Cosine(got.data() + i * 32, expected.data() + i * 32, 32), 0.9995) << name << " " << i;
  }
}

TEST_P(Bf16Session, ResultsDoNotDependOnTheBatch) {
  const auto session = Open(kMiniLm, kernel_);
  const auto texts = SomeTexts({7, 1, 81, 33, 200, 16, 81, 5}, 30522);
  const auto together = EmbedBatch(*session, BatchOf(texts));
  const auto backwards = EmbedBatch(*session, BatchOf({texts.rbegin(), texts.rend()}));
  for (std::size_t i = 0; i < texts.size(); ++i) {
    const auto alone = EmbedBatch(*session, BatchOf({texts[i]}));
    EXPECT_TRUE(std::equal(alone.begin(), alone.end(), together.data() + i * 384)) << i;
    EXPECT_TRUE(std::equal(alone.begin(), alone.end(), backwards.data() + (texts.size() - 1 - i) * 384)) << i;
  }
}

TEST_P(Bf16Session, RefusesWhatTheModelDoesNotHave) {
  const auto session = Open(kFixtures / "models/tiny-bert-cls", kernel_);
  EXPECT_ERROR(EmbedBatch(*session, BatchOf({{1, 279}})), "ENGINE_FAILED", "token id 279");
  EXPECT_ERROR(EmbedBatch(*session, BatchOf({{-1}})), "ENGINE_FAILED", "token id -1");
  EXPECT_ERROR(EmbedBatch(*session, BatchOf({std::vector<std::int32_t>(65, 1)})), "ENGINE_FAILED",
               "position 64");
  TokenBatch typed = BatchOf({{1}});
  typed.type_ids[0] = 2;
  EXPECT_ERROR(EmbedBatch(*session, typed), "ENGINE_FAILED", "token type 2");
  EXPECT_EQ(EmbedBatch(*session, BatchOf({{1, 2, 3}})).size(), 32u);
}

TEST_P(Bf16Session, StopsWhenCancelled) {
  const auto session = Open(kFixtures / "models/tiny-bert-cls", kernel_);
  Cancellation cancellation;
  cancellation.Request();
  EncoderSession::RunSettings settings;
  settings.cancellation = &cancellation;
  EXPECT_ERROR(EmbedBatch(*session, BatchOf({{1, 2}}), settings), "ABORTED", "aborted");
}

TEST_P(Bf16Session, GivesTheSameAfterMemoryWasReleased) {
  const auto session = Open(kFixtures / "models/tiny-bert-cls", kernel_);
  const TokenBatch batch = BatchOf(SomeTexts({30, 20}, 279));
  EncoderSession::RunSettings settings;
  settings.release_memory = true;
  const auto first = EmbedBatch(*session, batch, settings);
  EXPECT_EQ(EmbedBatch(*session, batch), first);
  EXPECT_EQ(EmbedBatch(*session, batch), first);
}

TEST_P(Bf16Session, IsNarrowLayerByLayer) {
  const auto session = Open(kMiniLm, kernel_), kept = Open(kMiniLm, kernel_);
  const TokenBatch batch = BatchOf(SomeTexts({7, 1, 81, 33}, 30522));
  const auto before = EmbedBatch(*session, batch);
  const std::size_t bytes = session->weight_bytes();
  ASSERT_EQ(session->Narrow(batch), cpu::MultipliesBytes(*kernel_) ? 6u : 0u);
  if (!cpu::MultipliesBytes(*kernel_)) return;
  const auto narrow = EmbedBatch(*session, batch);
  EXPECT_NE(narrow, before);
  session->SetNarrow(3, false);
  const auto mixed = EmbedBatch(*session, batch);
  EXPECT_NE(mixed, before);
  EXPECT_NE(mixed, narrow);
  session->SetNarrow(3, true);
  EXPECT_EQ(EmbedBatch(*session, batch), narrow);
  for (std::size_t layer = 0; layer < 6; ++layer) session->SetNarrow(layer, false);
  session->Settle();
  EXPECT_EQ(EmbedBatch(*session, batch), before);
  EXPECT_EQ(session->weight_bytes(), bytes);
  kept->Narrow(batch);
  kept->Settle();
  EXPECT_LT(kept->weight_bytes(), bytes * 9 / 10);
  const auto after = EmbedBatch(*kept, batch);
  for (std::size_t i = 0; i < batch.count(); ++i)
    EXPECT_GE(Cosine(after.data() + i * 384, before.data() + i * 384, 384), 0.999) << i;
  EXPECT_EQ(after, narrow);
}

INSTANTIATE_TEST_SUITE_P(All, Bf16Session, testing::Values("amx", "avx512_bf16"),
                         [](const auto& info) { return std::string(info.param); });

// What "auto" asks at load is answered by arithmetic of its own: it must be that of ONNX Runtime.
TEST(TransformerReferenceTest, EqualsTheFp32Session) {
  for (const fs::path& folder : {kFixtures / "models/tiny-bert-cls", kMiniLm}) {
    const Transformer model(folder);
    const TokenBatch batch = BatchOf(SomeTexts({1, 7, 40}, 279));
    const auto expected = EmbedBatch(*Open(folder, nullptr), batch);
    const auto hidden = TransformerReference(TransformerWeights(model.spec, model.checkpoint), batch);
    const std::size_t width = model.spec.hidden;
    std::vector<float> got(batch.count() * width);
    std::size_t token = 0;
    for (std::size_t i = 0; i < batch.count(); ++i) {
      const auto tokens = static_cast<std::size_t>(batch.lengths[i]);
      PoolText(PoolingMode::kMean, &hidden[token * width], tokens, 0, width, width, &got[i * width]);
      token += tokens;
    }
    EXPECT_LT(LargestDifference(got, expected), 1e-5);
  }
}

// The narrowest type that keeps a cosine of 0.9995 to fp32. Attention that is sharp enough turns on the
// rounding of a score: first of 8 bits, then of bf16.
TEST(Bf16Model, IsNotTakenWhereItIsTooCoarse) {
  if (!cpu::BestKernel()) GTEST_SKIP() << "this CPU has no bf16";
  const auto dtype_of = [](const fs::path& path) { return EmbeddingModel::Load(path, {})->dtype(); };
  const std::string narrowest = cpu::MultipliesBytes(*cpu::BestKernel()) ? "int8-bf16" : "bf16";
  EXPECT_EQ(dtype_of(kMiniLm), narrowest);
  const SpoiltModel model;
  EXPECT_EQ(dtype_of(model.path()), narrowest);
  const auto sharpen = [&](float factor) {
    for (const char* layer : {"0", "1"}) {
      ScaleTensor(model.path() / "model.safetensors",
                  std::string("encoder.layer.") + layer + ".attention.self.query.weight", factor);
    }
  };
  sharpen(4);
  EXPECT_EQ(dtype_of(model.path()), "bf16");
  sharpen(250);
  EXPECT_EQ(dtype_of(model.path()), "fp32");
  EXPECT_EQ(LoadWith(model.path(), [](auto& options) { options.dtype = "bf16"; })->dtype(), "bf16");
}

// The whole way of a text.
class ModelIn : public testing::TestWithParam<const char*> {};

TEST_P(ModelIn, IsLikeSentenceTransformers) {
  if (!cpu::BestKernel()) GTEST_SKIP() << "this CPU has no bf16";
  const bool narrow = std::string(GetParam()) != "bf16";
  if (narrow && !cpu::MultipliesBytes(*cpu::BestKernel())) GTEST_SKIP() << "this CPU multiplies no bytes";
  const double least_cosine = std::string(GetParam()) == "int8-bf16" ? 0.999 : 0.9995;
  const auto model = LoadWith(kMiniLm, [](auto& options) { options.dtype = GetParam(); });
  const auto fp32 = LoadWith(kMiniLm, [](auto& options) { options.dtype = "fp32"; });
  EXPECT_EQ(model->dtype(), narrow ? "int8-bf16" : "bf16");
  const Reference reference(kFixtures / "minilm");
  const ReferenceSet set = reference.Read("embeddings");
  const auto texts = reference.Texts(set);
  const auto values = Embed(*model, texts), exact = Embed(*fp32, texts);
  ExpectLikeReference(set, values, least_cosine, "embeddings");
  double least = 1;
  for (std::size_t i = 0; i < set.rows; ++i)
    least = std::min(least, Cosine(values.data() + i * 384, exact.data() + i * 384, 384));
  EXPECT_GE(least, least_cosine);
  RecordProperty("lowest_cosine_to_fp32", std::to_string(least));
}

INSTANTIATE_TEST_SUITE_P(All, ModelIn, testing::Values("bf16", "int8-bf16", "auto"), [](const auto& info) {
  std::string name = info.param;
  std::erase(name, '-');
  return name;
});

}  // namespace
}  // namespace densenode
#endif
