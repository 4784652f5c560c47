#include "encoder/packed_bert_graph.h"

#include <algorithm>
#include <memory>
#include <type_traits>
#include <utility>
#include <vector>

#include "encoder/bert_names.h"

namespace densenode {
namespace {

constexpr const char* kMicrosoft = "com.microsoft";
constexpr auto kInt32 = ONNX_TENSOR_ELEMENT_DATA_TYPE_INT32;

// `Tensor` is FloatTensor or HalfTensor. Biases are added by the operators that follow the matrix products,
// which read their input anyway; ONNX Runtime's Gemm would write them to memory first.
template <typename Tensor>
class PackedBertBuilder {
 public:
  PackedBertBuilder(const BertConfig& config, const Safetensors& weights, const AttentionNodes& attention)
      : config_(config),
        weights_(weights),
        attention_(attention),
        names_(weights),
        hidden_(static_cast<std::int64_t>(config.hidden_size)),
        heads_(static_cast<std::int64_t>(config.num_attention_heads)) {}

  PackedBert Build() {
    for (const char* name : {packed_bert::kIds, packed_bert::kTypeIds, packed_bert::kPositions})
      graph_.Input(name, kInt32, {-1});
    graph_.Input(packed_bert::kTokenOffset, kInt32, {-1, -1});
    graph_.Input(packed_bert::kCumulative, kInt32, {-1});
    graph_.Constant("qkv_shape", {-1, heads_, 3, hidden_ / heads_});

    std::string rows = Embeddings();
    for (std::size_t i = 0; i < config_.num_hidden_layers; ++i) rows = Layer(i, rows);
    graph_.Output(packed_bert::kHidden,
                  kHalf ? ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT16 : ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT,
                  {-1, hidden_});
    return {std::move(graph_), weight_bytes_};
  }

 private:
  static constexpr bool kHalf = std::is_same_v<Tensor, HalfTensor>;
  using Element = std::conditional_t<kHalf, std::uint16_t, float>;

  Tensor Read(const std::string& name, const std::vector<std::int64_t>& shape) const {
    if constexpr (kHalf) {
      return weights_.Float16(names_.InFile(name), shape);
    } else {
      return weights_.Float32(names_.InFile(name), shape);
    }
  }

  std::string AddWeight(const std::string& name, const Tensor& tensor) {
    weight_bytes_ += tensor.values.size_bytes();
    return graph_.Weight(name, tensor);
  }

  std::string Weight(const std::string& name, const std::vector<std::int64_t>& shape) {
    return AddWeight(name, Read(name, shape));
  }

  std::string Table(const std::string& name, std::size_t rows) {
    return Weight("embeddings." + name + ".weight", {static_cast<std::int64_t>(rows), hidden_});
  }

  // LayerNorm(change + bias + rows).
  std::string AddAndNormalize(const std::string& norm, const std::string& change, const std::string& rows,
                              const std::string& bias, const std::string& output = "") {
    const auto [gain, norm_bias] = names_.Norm(norm);
    std::vector<std::string> inputs = {change, rows, Weight(gain, {hidden_}), Weight(norm_bias, {hidden_})};
    if (!bias.empty()) inputs.push_back(bias);
    return graph_.Node("SkipLayerNormalization", inputs, {{"epsilon", config_.layer_norm_eps}}, kMicrosoft,
                       output);
  }

  std::string Embeddings() {
    // EmbedLayerNormalization would do all of it, but waits for the device to tell whether an id was out of
    // range.
    const auto gather = [&](const std::string& table, const char* ids) {
      return graph_.Node("Gather", {table, ids}, {{"axis", std::int64_t{0}}});
    };
    const std::string words = gather(Table("word_embeddings", config_.vocab_size), packed_bert::kIds);
    const std::string positions =
        gather(Table("position_embeddings", config_.max_position_embeddings), packed_bert::kPositions);
    const std::string types =
        gather(Table("token_type_embeddings", config_.type_vocab_size), packed_bert::kTypeIds);
    return AddAndNormalize("embeddings.LayerNorm", words, graph_.Node("Add", {positions, types}), "");
  }

  // x W^T with W [outputs, inputs].
  std::string Product(const std::string& rows, const std::string& weight) {
    return graph_.Node("FusedMatMul", {rows, weight}, {{"transB", std::int64_t{1}}}, kMicrosoft);
  }

  // Queries, keys and values of one head stand side by side in [heads, 3, head size] rows.
  Tensor JoinRows(const std::vector<Tensor>& parts) const {
    const std::size_t block = config_.hidden_size / config_.num_attention_heads * config_.hidden_size;
    const std::size_t size = parts.front().values.size();
    std::shared_ptr<Element[]> joined(new Element[parts.size() * size]);
    Element* to = joined.get();
    for (std::size_t from = 0; from < size; from += block) {
      for (const Tensor& part : parts) to = std::copy_n(part.values.data() + from, block, to);
    }
    const std::span<const Element> values(joined.get(), parts.size() * size);
    return {{static_cast<std::int64_t>(parts.size()) * hidden_, hidden_}, values, std::move(joined)};
  }

  Tensor JoinBiases(const std::vector<Tensor>& parts) const {
    std::shared_ptr<Element[]> joined(new Element[parts.size() * config_.hidden_size]);
    Element* to = joined.get();
    for (const Tensor& part : parts) to = std::copy_n(part.values.data(), config_.hidden_size, to);
    const std::span<const Element> values(joined.get(), parts.size() * config_.hidden_size);
    return {{static_cast<std::int64_t>(values.size())}, values, std::move(joined)};
  }

  std::string Attention(const std::string& self, const std::string& rows) {
    std::vector<Tensor> matrices, biases;
    for (const char* part : {"query", "key", "value"}) {
      matrices.push_back(Read(self + part + ".weight", {hidden_, hidden_}));
      biases.push_back(Read(self + part + ".bias", {hidden_}));
    }
    const std::string product = Product(rows, AddWeight(self + "qkv.weight", JoinRows(matrices)));
    const std::string qkv = graph_.Node("Reshape", {product, "qkv_shape"});
    return attention_(graph_, qkv, AddWeight(self + "qkv.bias", JoinBiases(biases)));
  }

  std::string Activation(const std::string& rows, const std::string& bias) {
    if (config_.hidden_act == "relu") return graph_.Node("Relu", {graph_.Node("Add", {rows, bias})});
    return graph_.Node(config_.hidden_act == "gelu" ? "BiasGelu" : "FastGelu", {rows, bias}, {}, kMicrosoft);
  }

  std::string Layer(std::size_t index, const std::string& rows) {
    const std::string layer = "encoder.layer." + std::to_string(index) + ".";
    const auto inner = static_cast<std::int64_t>(config_.intermediate_size);
    const bool last = index + 1 == config_.num_hidden_layers;

    const std::string mix = layer + "attention.output.dense";
    const std::string mixed =
        Product(Attention(layer + "attention.self.", rows), Weight(mix + ".weight", {hidden_, hidden_}));
    const std::string middle =
        AddAndNormalize(layer + "attention.output.LayerNorm", mixed, rows, Weight(mix + ".bias", {hidden_}));

    const std::string up = layer + "intermediate.dense";
    const std::string raised = Product(middle, Weight(up + ".weight", {inner, hidden_}));
    const std::string active = Activation(raised, Weight(up + ".bias", {inner}));

    const std::string down = layer + "output.dense";
    const std::string lowered = Product(active, Weight(down + ".weight", {hidden_, inner}));
    return AddAndNormalize(layer + "output.LayerNorm", lowered, middle, Weight(down + ".bias", {hidden_}),
                           last ? packed_bert::kHidden : "");
  }

  const BertConfig& config_;
  const Safetensors& weights_;
  const AttentionNodes& attention_;
  const BertNames names_;
  const std::int64_t hidden_;
  const std::int64_t heads_;
  GraphBuilder graph_;
  std::size_t weight_bytes_ = 0;
};

}  // namespace

AttentionNodes PackedAttention(const BertConfig& config) {
  return [heads = static_cast<std::int64_t>(config.num_attention_heads)](
             GraphBuilder& graph, const std::string& qkv, const std::string& bias) {
    return graph.Node("PackedMultiHeadAttention",
                      {qkv, "", "", bias, packed_bert::kTokenOffset, packed_bert::kCumulative},
                      {{"num_heads", heads}}, kMicrosoft);
  };
}

PackedBert BuildPackedBert(const BertConfig& config, const Safetensors& weights, WeightType type,
                           const AttentionNodes& attention) {
  if (type == WeightType::kFloat16) return PackedBertBuilder<HalfTensor>(config, weights, attention).Build();
  return PackedBertBuilder<FloatTensor>(config, weights, attention).Build();
}

}  // namespace densenode
