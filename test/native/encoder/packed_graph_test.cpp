// The packed graph computes what sentence-transformers does. Its attention operator is one of CUDA alone;
// here plain products on the CPU stand in for it, written from the operator's definition: queries, keys and
// values as [tokens, heads, 3, head size], biases apart, texts that do not see each other.
#include "encoder/packed_graph.h"

#include <limits>

#include "encoder/positions.h"
#include "encoder/transformer_graph.h"
#include "reference.h"

namespace densenode {
namespace {

constexpr const char* kMask = "mask";  // [tokens, tokens], added to scores

std::string PlainAttention(GraphBuilder& graph, const AttentionSpec& attention, const std::string& qkv,
                           const std::string& bias) {
  const auto heads = static_cast<std::int64_t>(attention.heads);
  const auto size = static_cast<std::int64_t>(attention.head_size);
  using Integers = std::vector<std::int64_t>;
  const auto constant = [&](const std::string& name, const Integers& values) {
    return graph.Constant(qkv + name, values);
  };
  const std::string biases =
      graph.Node("Transpose", {graph.Node("Reshape", {bias, constant("bias_shape", {3, heads, size})})},
                 {{"perm", Integers{1, 0, 2}}});
  const std::string sum = graph.Node("Add", {qkv, biases});
  const std::string parts = graph.Node("Transpose", {sum}, {{"perm", Integers{2, 1, 0, 3}}});
  std::string part[3];
  for (int i = 0; i < 3; ++i) {
    const std::string index = graph.Constant(parts + "_" + std::to_string(i), {i});
    const std::string one = graph.Node("Gather", {parts, index}, {{"axis", std::int64_t{0}}});
    part[i] = graph.Node("Squeeze", {one, graph.Constant(one + "_axis", {0})});
  }
  const float scale = 1.0f / std::sqrt(static_cast<float>(size));
  const std::string scores = graph.Node("FusedMatMul", {part[0], part[1]},
                                        {{"alpha", scale}, {"transB", std::int64_t{1}}}, "com.microsoft");
  const std::string shares = graph.Node("Softmax", {graph.Node("Add", {scores, kMask})});
  const std::string mixed = graph.Node("MatMul", {shares, part[2]});
  return graph.Node("Reshape", {graph.Node("Transpose", {mixed}, {{"perm", Integers{1, 0, 2}}}),
                                constant("rows_shape", {-1, heads * size})});
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

class PackedGraphTest : public testing::Test {
 protected:
  explicit PackedGraphTest(const fs::path& folder = kMiniLm) : model_(folder) { OnnxRuntime::Get(); }

  std::vector<float> Run(const TokenBatch& batch) {
    PackedGraph packed =
        BuildPackedGraph(model_.spec, model_.checkpoint, WeightType::kFloat32, PlainAttention);
    packed.graph.Input(kMask, ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT, {-1, -1});
    const Ort::Session session = std::move(packed.graph).Build(CpuSessionOptions(ORT_DISABLE_ALL));
    const auto positions = PositionIds(*model_.spec.embeddings.positions, batch);
    const Packing packing = DescribePacking(batch, batch.longest());
    const auto mask = MaskOf(batch);
    const auto tokens = static_cast<std::int64_t>(batch.ids.size()),
               texts = static_cast<std::int64_t>(batch.count());
    std::vector<const char*> names;
    std::vector<Ort::Value> inputs;
    const auto add = [&](const char* name, const auto& values, const std::vector<std::int64_t>& shape) {
      names.push_back(name);
      inputs.push_back(TensorOver(values, shape));
    };
    add(packed::kIds, batch.ids, {tokens});
    if (model_.spec.embeddings.types) add(packed::kTypeIds, batch.type_ids, {tokens});
    add(packed::kPositions, positions, {tokens});
    add(kMask, mask, {tokens, tokens});
    add(packed::kTokenOffset, packing.token_offset, {texts, static_cast<std::int64_t>(batch.longest())});
    add(packed::kCumulative, packing.cumulative, {texts + 1});
    const Ort::Value hidden = RunOnce(session, names, inputs, packed::kHidden, {});
    const float* data = hidden.GetTensorData<float>();
    return {data, data + batch.ids.size() * model_.spec.hidden};
  }

  Transformer model_;
};

TEST_F(PackedGraphTest, GivesTheTokenVectorsOfSentenceTransformers) {
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
TEST_F(PackedGraphTest, TextsDoNotSeeEachOther) {
  const TokenBatch lone{.ids = {101, 7592, 2088, 102}, .type_ids = {0, 0, 0, 0}, .lengths = {4}};
  TokenBatch filled = lone;
  filled.ids.resize(16);
  filled.type_ids.resize(16);
  filled.lengths.push_back(12);
  std::vector<float> values = Run(filled);
  values.resize(4 * model_.spec.hidden);
  EXPECT_LT(LargestDifference(values, Run(lone)), 1e-5);
}

// ONNX Runtime checks types and shapes of the whole graph before it looks for the kernels.
TEST_F(PackedGraphTest, LacksOnlyTheAttentionKernelOfCuda) {
  for (const WeightType type : {WeightType::kFloat32, WeightType::kFloat16}) {
    PackedGraph packed = BuildPackedGraph(model_.spec, model_.checkpoint, type, PackedAttentionNode);
    EXPECT_EQ(packed.weight_bytes,
              (type == WeightType::kFloat16 ? 2u : 4u) * (22713216u - 384u * 385u));  // without the pooler
    const std::string error = ErrorOf([&] {
      CallOnnxRuntime("building",
                      [&] { return std::move(packed.graph).Build(CpuSessionOptions(ORT_DISABLE_ALL)); });
    });
    EXPECT_NE(error.find("PackedMultiHeadAttention"), std::string::npos) << error;
  }
}

// The padded graph's token vectors, without padding.
std::vector<float> PaddedHidden(const Transformer& model, const TokenBatch& batch) {
  const PaddedBatch padded = Pad(batch);
  const auto session = OpenTransformerSession(model.spec, model.checkpoint);
  const auto output = session->RunPadded(padded, {});
  std::vector<float> rows;
  for (std::size_t row = 0; row < padded.count; ++row) {
    const float* begin = output.data + row * padded.length * model.spec.hidden;
    rows.insert(rows.end(), begin, begin + static_cast<std::size_t>(padded.lengths[row]) * model.spec.hidden);
  }
  return rows;
}

const TokenBatch kTwoTexts{.ids = {5, 2, 3, 4, 5}, .type_ids = {0, 0, 0, 0, 0}, .lengths = {3, 2}};

class PackedTinyTest : public PackedGraphTest {
 protected:
  PackedTinyTest() : PackedGraphTest(kFixtures / "models/tiny-bert-cls") {}
};

TEST_F(PackedTinyTest, EveryActivation) {
  TokenBatch batch = kTwoTexts;
  batch.type_ids = {0, 0, 1, 0, 1};
  for (const Activation act :
       {Activation::kGelu, Activation::kGeluTanh, Activation::kRelu, Activation::kSilu}) {
    for (LayerSpec& layer : model_.spec.layers) layer.feed_forward.activation = act;
    EXPECT_LT(LargestDifference(Run(batch), PaddedHidden(model_, batch)), 1e-4) << static_cast<int>(act);
  }
}

class PackedRelativeTest : public PackedGraphTest, public testing::WithParamInterface<const char*> {
 protected:
  PackedRelativeTest() : PackedGraphTest(kFixtures / "models" / GetParam()) {}
};

TEST_P(PackedRelativeTest, EqualsThePaddedGraph) {
  EXPECT_EQ(FeatureBeyond(model_.spec, kPackedFeatures), "");
  EXPECT_LT(LargestDifference(Run(kTwoTexts), PaddedHidden(model_, kTwoTexts)), 1e-4);
}

INSTANTIATE_TEST_SUITE_P(All, PackedRelativeTest,
                         testing::Values("tiny-albert", "tiny-distilbert", "tiny-electra",
                                         "tiny-xlm-roberta"));

TEST(PackedFeatures, LackTheRelativeBias) {
  const Transformer mpnet(kFixtures / "models/tiny-mpnet");
  EXPECT_EQ(FeatureBeyond(mpnet.spec, kPackedFeatures), "a relative bias in attention");
}

}  // namespace
}  // namespace densenode
