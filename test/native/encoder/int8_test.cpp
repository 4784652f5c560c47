// Models in int8 against fp32 of the same weights, and the quantization of a matrix against its definition.
#include <algorithm>
#include <limits>

#include "encoder/int8_matrix.h"
#include "encoder/modules/pooling.h"
#include "encoder/transformer_graph.h"
#include "reference.h"

namespace densenode {
namespace {

constexpr const char* kTinyModels[] = {
    "tiny-albert",     "tiny-bert-bf16", "tiny-bert-cls", "tiny-bert-fp16",   "tiny-distilbert",
    "tiny-electra",    "tiny-mpnet",     "tiny-roberta",  "tiny-xlm-roberta", "tiny-modernbert",
    "tiny-nomic-bert", "tiny-gte",       "tiny-qwen3",    "tiny-mistral",     "tiny-embedding-gemma",
    "tiny-t5-gated",   "tiny-jina-bert"};

std::shared_ptr<EmbeddingModel> Load(const fs::path& path, const std::string& dtype) {
  return LoadWith(path, [&](auto& options) {
    options.devices = {"cpu"};
    options.dtype = dtype;
  });
}

double LowestCosine(const std::vector<float>& a, const std::vector<float>& b, std::size_t dimension) {
  double lowest = 1;
  for (std::size_t at = 0; at < a.size(); at += dimension)
    lowest = std::min(lowest, Cosine(a.data() + at, b.data() + at, dimension));
  return lowest;
}

TEST(Int8Model, IsLikeFp32) {
  std::vector<fs::path> folders = {kMiniLm};
  for (const char* name : kTinyModels) folders.push_back(kFixtures / "models" / name);
  for (const fs::path& folder : folders) {
    const bool mini_lm = folder == kMiniLm;
    const auto all = ReadJsonFile(mini_lm ? kFixtures / "minilm/texts.json" : kFixtures / "models/texts.json",
                                  ErrorCode::kModelInvalid)
                         .get<std::vector<std::string>>();
    std::vector<std::string> texts;
    for (std::size_t i = 0; i < all.size(); i += mini_lm ? 8 : 1) texts.push_back(all[i]);
    const auto fp32 = Load(folder, "fp32"), int8 = Load(folder, "int8");
    EXPECT_EQ(int8->dtype(), "int8");
    const double lowest = LowestCosine(Embed(*fp32, texts), Embed(*int8, texts), fp32->dimension());
    RecordProperty(folder.filename().string(), std::to_string(lowest));
    EXPECT_GE(lowest, 0.99) << folder;
    if (mini_lm) {
      EXPECT_LT(int8->weight_bytes(), fp32->weight_bytes() * 27 / 100);
    }
  }
}

TEST(Int8Model, DoesNotDependOnTheBatch) {
  const auto model = Load(kMiniLm, "int8");
  std::vector<std::string> texts = {"wind", "an instrument that measures the speed of wind", "a", "9 % 5",
                                    "the committee could not agree on who should pay for the repairs"};
  const auto together = Embed(*model, texts);
  for (std::size_t i = 0; i < texts.size(); ++i) {
    const auto alone = Embed(*model, {texts[i]});
    EXPECT_GE(Cosine(alone.data(), together.data() + i * alone.size(), alone.size()), 0.99999) << texts[i];
  }
}

// CPUs without VNNI: this one may have it, so the session is opened by itself.
TEST(Int8Model, InSevenBitsIsLikeFp32) {
  const Transformer model(kMiniLm);
  TokenBatch batch;
  for (std::int32_t length = 1; length < 100; length += 7) {
    for (std::int32_t i = 0; i < length; ++i)
      batch.ids.push_back(1000 + (i * 7919 + length * 104729) % 29000);
    batch.lengths.push_back(length);
  }
  batch.type_ids.assign(batch.ids.size(), 0);
  const std::size_t width = model.spec.hidden;
  const auto embed = [&](GraphWeights weights) {
    std::vector<float> out(batch.count() * width);
    OpenTransformerSession(model.spec, model.checkpoint, weights)
        ->Run(batch, {}, [&](std::size_t text, const float* vectors, std::size_t rows) {
          PoolText(PoolingMode::kMean, vectors, rows, 0, width, width, &out[text * width]);
        });
    return out;
  };
  const auto fp32 = embed(GraphWeights::kFloat32);
  const double eight = LowestCosine(fp32, embed(GraphWeights::kInt8), width),
               seven = LowestCosine(fp32, embed(GraphWeights::kInt7), width);
  RecordProperty("eight", std::to_string(eight));
  RecordProperty("seven", std::to_string(seven));
  EXPECT_GE(eight, 0.99);
  EXPECT_GE(seven, 0.985);
}

// A .safetensors file of one F32 matrix.
StoredTensor Matrix(const TemporaryFolder& folder, const std::vector<float>& values, std::int64_t rows) {
  const auto columns = static_cast<std::int64_t>(values.size()) / rows;
  std::string header = Json{{"w",
                             {{"dtype", "F32"},
                              {"shape", {rows, columns}},
                              {"data_offsets", {0, values.size() * sizeof(float)}}}}}
                           .dump();
  header.resize((header.size() + 7) / 8 * 8, ' ');
  const std::uint64_t size = header.size();
  const fs::path path = folder.path() / "matrix.safetensors";
  std::ofstream file(path, std::ios::binary);
  file.write(reinterpret_cast<const char*>(&size), sizeof size) << header;
  file.write(reinterpret_cast<const char*>(values.data()),
             static_cast<std::streamsize>(values.size() * sizeof(float)));
  file.close();
  return Checkpoint::Open(path).Find("w", {rows, columns});
}

TEST(Int8Matrix, HasTheNearestWholeNumbersOfEachRow) {
  const TemporaryFolder folder;
  constexpr std::size_t kRows = 150, kColumns = 37;  // neither a multiple of what is worked on together
  std::vector<float> values(kRows * kColumns);
  std::uint32_t state = 7;
  for (std::size_t i = 0; i < values.size(); ++i) {
    state = state * 1664525 + 1013904223;
    values[i] = (static_cast<float>(state >> 8) / (1 << 23) - 1) *
                std::pow(10.0f, static_cast<float>(i / kColumns % 9) - 6);
  }
  std::fill_n(values.begin() + 5 * kColumns, kColumns, 0.0f);
  std::fill_n(values.begin() + 6 * kColumns, kColumns, std::numeric_limits<float>::denorm_min());
  const StoredTensor stored = Matrix(folder, values, kRows);
  const Int8Matrix table = QuantizeRows(stored);
  EXPECT_EQ(table.shape, (std::vector<std::int64_t>{kRows, kColumns}));
  for (const int largest : {127, 63}) {
    const Int8Matrix product = QuantizeForProducts(stored, largest);
    EXPECT_EQ(product.shape, (std::vector<std::int64_t>{kColumns, kRows}));
    ASSERT_EQ(product.scales.size(), kRows);
    for (std::size_t row = 0; row < kRows; ++row) {
      int most = 0;
      double sum = 0;
      for (std::size_t column = 0; column < kColumns; ++column) {
        const float value = values[row * kColumns + column];
        const int q = product.values[column * kRows + row];
        most = std::max(most, std::abs(q));
        sum += static_cast<double>(q) * product.scales[row];
        EXPECT_LE(std::abs(static_cast<double>(q) * product.scales[row] - value),
                  product.scales[row] * 0.5001);
        if (largest == 127) {
          EXPECT_EQ(table.values[row * kColumns + column], q);
        }
      }
      EXPECT_EQ(most, row == 5 || row == 6 ? 0 : largest) << row;
      EXPECT_GT(product.scales[row], 0);
      EXPECT_NEAR(product.sums[row], sum, product.scales[row] * 1e-2);
    }
  }
}

TEST(Int8Matrix, RefusesWhatIsNotFinite) {
  for (const float value :
       {std::numeric_limits<float>::infinity(), std::numeric_limits<float>::quiet_NaN()}) {
    const TemporaryFolder folder;
    std::vector<float> values(70 * 3, 1.0f);
    values[65 * 3 + 1] = value;
    const StoredTensor stored = Matrix(folder, values, 70);
    EXPECT_ERROR(QuantizeRows(stored), "MODEL_INVALID", "row 65 of a tensor [70, 3]");
  }
}

}  // namespace
}  // namespace densenode
