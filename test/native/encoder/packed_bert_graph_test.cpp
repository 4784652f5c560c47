// The packed graph computes what sentence-transformers does. Its attention operator is one of CUDA alone;
// here plain products on the CPU stand in for it, written from the operator's definition: queries, keys and
// values as [tokens, heads, 3, head size], biases apart, texts that do not see each other.
#include "encoder/packed_bert_graph.h"

#include <limits>

#include "encoder/pooling.h"
#include "reference.h"

namespace densenode {
namespace {

constexpr const char* kMask = "mask";  // [tokens, tokens], added to scores

AttentionNodes PlainAttention(const BertConfig& config) {
  const auto heads = static_cast<std::int64_t>(config.num_attention_heads);
  const auto hidden = static_cast<std::int64_t>(config.hidden_size);
  return [=, made = false](GraphBuilder& graph, const std::string& qkv, const std::string& bias) mutable {
    if (!made) {
      graph.Input(kMask, ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT, {-1, -1});
      graph.Constant("bias_shape", {3, heads, hidden / heads});
      graph.Constant("hidden_shape", {-1, hidden});
      made = true;
    }
    using Integers = std::vector<std::int64_t>;
    const std::string biases =
        graph.Node("Transpose", {graph.Node("Reshape", {bias, "bias_shape"})}, {{"perm", Integers{1, 0, 2}}});
    const std::string sum = graph.Node("Add", {qkv, biases});
    const std::string parts = graph.Node("Transpose", {sum}, {{"perm", Integers{2, 1, 0, 3}}});
    std::string part[3];
    for (int i = 0; i < 3; ++i) {
      const std::string index = graph.Constant(parts + "_" + std::to_string(i), {i});
      const std::string one = graph.Node("Gather", {parts, index}, {{"axis", std::int64_t{0}}});
      part[i] = graph.Node("Squeeze", {one, graph.Constant(one + "_axis", {0})});
    }
    const float scale = 1.0f / std::sqrt(static_cast<float>(hidden / heads));
    const std::string scores = graph.Node("FusedMatMul", {part[0], part[1]},
                                          {{"alpha", scale}, {"transB", std::int64_t{1}}}, "com.microsoft");
    const std::string shares = graph.Node("Softmax", {graph.Node("Add", {scores, kMask})});
    const std::string mixed = graph.Node("MatMul", {shares, part[2]});
    return graph.Node("Reshape",
                      {graph.Node("Transpose", {mixed}, {{"perm", Integers{1, 0, 2}}}), "hidden_shape"});
  };
}

std::vector<float> MaskOf(const TokenBatch& batch) {
  const std::size_t tokens = batch.ids.size();
  std::vector<float> mask(tokens * tokens, std::numeric_limits<float>::lowest());
  std::size_t begin = 0;
  for (const std::int32_t length : batch.lengths) {
    const auto end = begin + static_cast<std::size_t>(length);
    for (std::size_t row = begin; row < end; ++row)
      std::fill(mask.begin() + static_cast<std::ptrdiff_t>(row * tokens + begin),
                mask.begin() + static_cast<std::ptrdiff_t>(row * tokens + end), 0.0f);
    begin = end;
  }
  return mask;
}

class PackedBertTest : public testing::Test {
 protected:
  explicit PackedBertTest(const fs::path& folder = kMiniLm)
      : config_(BertConfig::Parse(ReadJsonFile(folder / "config.json", ErrorCode::kModelInvalid),
                                  folder / "config.json")),
        weights_(Safetensors::Open(folder / "model.safetensors")) {
    OnnxRuntime::Get();
  }

  std::vector<float> Run(const TokenBatch& batch) {
    OwnedSession session = BuildPackedBert(config_, weights_, WeightType::kFloat32, PlainAttention(config_))
                               .graph.Build(CpuSessionOptions(ORT_DISABLE_ALL));
    auto ids = batch.ids, type_ids = batch.type_ids;
    auto [positions, cumulative, token_offset] = DescribePacking(batch, batch.longest());
    auto mask = MaskOf(batch);
    const auto tokens = static_cast<std::int64_t>(ids.size()),
               texts = static_cast<std::int64_t>(batch.count());
    std::vector<Ort::Value> inputs;
    inputs.push_back(TensorOver(ids, {tokens}));
    inputs.push_back(TensorOver(type_ids, {tokens}));
    inputs.push_back(TensorOver(positions, {tokens}));
    inputs.push_back(TensorOver(mask, {tokens, tokens}));
    inputs.push_back(TensorOver(token_offset, {texts, static_cast<std::int64_t>(batch.longest())}));
    inputs.push_back(TensorOver(cumulative, {texts + 1}));
    const Ort::Value hidden = RunOnce(session.session,
                                      {packed_bert::kIds, packed_bert::kTypeIds, packed_bert::kPositions,
                                       kMask, packed_bert::kTokenOffset, packed_bert::kCumulative},
                                      inputs, packed_bert::kHidden, {});
    const float* data = hidden.GetTensorData<float>();
    return {data, data + batch.ids.size() * config_.hidden_size};
  }

  BertConfig config_;
  Safetensors weights_;
};

TEST_F(PackedBertTest, GivesTheTokenVectorsOfSentenceTransformers) {
  const Reference reference(kFixtures / "minilm");
  const ReferenceSet set = reference.Read("last_hidden_state");
  const Json& entry = reference.manifest()["sets"]["last_hidden_state"];
  TokenBatch batch;
  for (const auto& text : entry["tokenIds"].get<std::vector<std::vector<std::int32_t>>>()) {
    batch.ids.insert(batch.ids.end(), text.begin(), text.end());
    batch.lengths.push_back(static_cast<std::int32_t>(text.size()));
  }
  batch.type_ids.resize(batch.ids.size());
  EXPECT_LT(LargestDifference(Run(batch), set.values), 2e-3);  // the reference is stored as fp16
}

// A lone text filled up with padding that it does not see is the text alone.
TEST_F(PackedBertTest, TextsDoNotSeeEachOther) {
  const TokenBatch lone{.ids = {101, 7592, 2088, 102}, .type_ids = {0, 0, 0, 0}, .lengths = {4}};
  TokenBatch filled = lone;
  filled.ids.resize(16);
  filled.type_ids.resize(16);
  filled.lengths.push_back(12);
  std::vector<float> values = Run(filled);
  values.resize(4 * config_.hidden_size);
  EXPECT_LT(LargestDifference(values, Run(lone)), 1e-5);
}

// ONNX Runtime checks types and shapes of the whole graph before it looks for the kernels.
TEST_F(PackedBertTest, LacksOnlyTheAttentionKernelOfCuda) {
  for (const WeightType type : {WeightType::kFloat32, WeightType::kFloat16}) {
    PackedBert bert = BuildPackedBert(config_, weights_, type, PackedAttention(config_));
    EXPECT_EQ(bert.weight_bytes,
              (type == WeightType::kFloat16 ? 2u : 4u) * (22713216u - 384u * 385u));  // without the pooler
    const std::string error = ErrorOf([&] {
      CallOnnxRuntime("building",
                      [&] { return std::move(bert.graph).Build(CpuSessionOptions(ORT_DISABLE_ALL)); });
    });
    EXPECT_NE(error.find("PackedMultiHeadAttention"), std::string::npos) << error;
  }
}

class PackedTinyBertTest : public PackedBertTest {
 protected:
  PackedTinyBertTest() : PackedBertTest(kFixtures / "models/tiny-bert-cls") {}
};

TEST_F(PackedTinyBertTest, EveryActivation) {
  const TokenBatch batch{.ids = {1, 2, 3, 4, 5}, .type_ids = {0, 0, 1, 0, 1}, .lengths = {3, 2}};
  for (const char* act : {"gelu", "gelu_new", "relu"}) {
    config_.hidden_act = act;
    const PaddedBatch padded = Pad(batch);
    const auto session = OpenBertSession(config_, weights_);
    const auto output = session->Run(padded, {});
    std::vector<float> expected;
    for (std::size_t row = 0; row < padded.count; ++row) {
      const float* begin = output.data + row * padded.length * config_.hidden_size;
      expected.insert(expected.end(), begin,
                      begin + static_cast<std::size_t>(padded.lengths[row]) * config_.hidden_size);
    }
    EXPECT_LT(LargestDifference(Run(batch), expected), 1e-4) << act;
  }
}

}  // namespace
}  // namespace densenode
