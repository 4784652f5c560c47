// Encoders with rotary positions or relative biases, decoders and T5: each against sentence-transformers on a
// tiny model, alone and in batches.
#include "reference.h"

namespace densenode {
namespace {

std::shared_ptr<EmbeddingModel> Load(const std::string& name, const std::string& dtype) {
  return LoadWith(kFixtures / "models" / name, [&](auto& options) { options.dtype = dtype; });
}

struct Case {
  const char* name;
  const char* architecture;
};

void PrintTo(const Case& model, std::ostream* out) { *out << model.name; }

class RotaryModel : public testing::TestWithParam<Case> {
 protected:
  fs::path folder() const { return kFixtures / "models" / GetParam().name; }

  const Reference reference_{folder() / "reference"};
};

TEST_P(RotaryModel, EqualsSentenceTransformers) {
  const auto model = Load(GetParam().name, "fp32");
  EXPECT_EQ(model->architecture(), GetParam().architecture);
  EXPECT_EQ(model->max_tokens(), reference_.manifest()["maxTokens"].get<std::size_t>());
  for (const auto& [set_name, unused] : reference_.manifest()["sets"].items()) {
    const ReferenceSet set = reference_.Read(set_name);
    EmbeddingModel::EmbedRequest request;
    if (set.settings.contains("prompt")) request.prompt = model->prompts().at(set.settings["prompt"]);
    std::vector<std::int32_t> counts(set.rows);
    request.token_counts = counts.data();
    const std::vector<float> values = Embed(*model, reference_.Texts(set), request);
    ExpectLikeReference(set, values, 0.999999, set_name);
    EXPECT_LT(LargestDifference(values, set.values), 2e-4) << set_name;
    if (request.prompt.empty()) {
      EXPECT_EQ(Json(counts), reference_.manifest()["tokenCounts"]);
    }
  }
}

TEST_P(RotaryModel, IsLikeItInBf16) {
  if (!HasBf16()) GTEST_SKIP() << "no bf16 here";
  const auto model = Load(GetParam().name, "bf16");
  const ReferenceSet set = reference_.Read("embeddings");
  ExpectCosines(set, Embed(*model, reference_.Texts(set)), 0.9995);
}

TEST_P(RotaryModel, IsNearItInInt8Bf16) {
  if (!HasInt8Bf16()) GTEST_SKIP() << "no 8 bits here";
  const auto model = Load(GetParam().name, "int8-bf16");
  const ReferenceSet set = reference_.Read("embeddings");
  ExpectCosines(set, Embed(*model, reference_.Texts(set)), 0.995);
}

// Padding after a text changes nothing, whatever mask or window there is.
TEST_P(RotaryModel, OneTextEqualsItselfInABatch) {
  const auto model = Load(GetParam().name, "fp32");
  const std::string shortest = "a plant",
                    longest = "large woody plant " + std::string(60, 'b') + " of the sea";
  const std::vector<float> both = Embed(*model, {shortest, longest});
  std::vector<float> apart = Embed(*model, {shortest});
  const std::vector<float> second = Embed(*model, {longest});
  apart.insert(apart.end(), second.begin(), second.end());
  EXPECT_LT(LargestDifference(both, apart), 2e-5);
}

INSTANTIATE_TEST_SUITE_P(
    All, RotaryModel,
    testing::Values(Case{"tiny-modernbert", "ModernBertModel"}, Case{"tiny-nomic-bert", "NomicBertModel"},
                    Case{"tiny-gte", "NewModel"}, Case{"tiny-gte-multilingual", "NewModel"},
                    Case{"tiny-qwen3", "Qwen3Model"}, Case{"tiny-qwen2", "Qwen2Model"},
                    Case{"tiny-qwen2-bidirectional", "Qwen2Model"}, Case{"tiny-mistral", "MistralModel"},
                    Case{"tiny-llama", "LlamaModel"}, Case{"tiny-embedding-gemma", "Gemma3TextModel"},
                    Case{"tiny-t5", "T5EncoderModel"}, Case{"tiny-t5-gated", "T5EncoderModel"},
                    Case{"tiny-jina-bert", "JinaBertModel"}));

}  // namespace
}  // namespace densenode
