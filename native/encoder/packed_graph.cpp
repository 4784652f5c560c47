#include "encoder/packed_graph.h"

#include <algorithm>
#include <memory>
#include <set>
#include <type_traits>
#include <utility>
#include <vector>

#include "encoder/transformer_weights.h"

namespace densenode {
namespace {

constexpr auto kInt32 = ONNX_TENSOR_ELEMENT_DATA_TYPE_INT32;

// `Tensor` is FloatTensor or HalfTensor. Biases are added by the operators that follow the matrix products,
// which read their input anyway; ONNX Runtime's Gemm would write them to memory first.
template <typename Tensor>
class PackedBuilder {
 public:
  PackedBuilder(const TransformerSpec& spec, const Checkpoint& checkpoint, const PackedAttention& attention)
      : spec_(spec), weights_(spec, checkpoint), attention_(attention) {}

  PackedGraph Build() {
    std::string rows = Embeddings();
    graph_.Input(packed::kTokenOffset, kInt32, {-1, -1});
    graph_.Input(packed::kCumulative, kInt32, {-1});
    for (std::size_t i = 0; i < spec_.layer_order.size(); ++i) {
      const bool last = i + 1 == spec_.layer_order.size();
      rows = Layer(spec_.layers[spec_.layer_order[i]], rows, last ? packed::kHidden : "");
    }
    graph_.Output(packed::kHidden,
                  kHalf ? ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT16 : ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT,
                  {-1, static_cast<std::int64_t>(spec_.hidden)});
    return {std::move(graph_), weight_bytes_};
  }

 private:
  static constexpr bool kHalf = std::is_same_v<Tensor, HalfTensor>;
  using Element = std::conditional_t<kHalf, std::uint16_t, float>;

  Tensor Read(const TensorPlace& place, const std::vector<std::size_t>& shape) const {
    if constexpr (kHalf) {
      return weights_.Find(place, shape).Float16();
    } else {
      return weights_.Find(place, shape).Float32();
    }
  }

  // Layers that are run many times share their weights.
  template <typename Make>
  std::string Shared(const std::string& name, Make make) {
    if (weight_names_.emplace(name).second) {
      const Tensor tensor = make();
      weight_bytes_ += tensor.values.size_bytes();
      graph_.Weight(name, tensor);
    }
    return name;
  }

  std::string Weight(const TensorPlace& place, const std::vector<std::size_t>& shape) {
    return Shared(place.name, [&] { return Read(place, shape); });
  }

  std::string Matrix(const LinearSpec& linear) {
    return Weight(linear.weight, {linear.outputs, linear.inputs});
  }
  std::string Bias(const LinearSpec& linear) { return Weight(*linear.bias, {linear.outputs}); }

  // LayerNorm(change + bias + rows).
  std::string AddAndNormalize(const NormSpec& norm, const std::string& change, const std::string& rows,
                              const std::string& bias, const std::string& output = "") {
    std::vector<std::string> inputs = {change, rows, Weight(norm.gain, {norm.width}),
                                       Weight(*norm.bias, {norm.width})};
    if (!bias.empty()) inputs.push_back(bias);
    return graph_.Node("SkipLayerNormalization", inputs, {{"epsilon", norm.epsilon}}, kMicrosoft, output);
  }

  // EmbedLayerNormalization would do all of it, but waits for the device to tell whether an id was out of
  // range.
  std::string Embeddings() {
    const EmbeddingSpec& embeddings = spec_.embeddings;
    const auto gather = [&](const TableSpec& table, const char* ids) {
      graph_.Input(ids, kInt32, {-1});
      return graph_.Node("Gather", {Weight(table.weight, {table.rows, embeddings.width}), ids},
                         {{"axis", std::int64_t{0}}});
    };
    const std::string words = gather(embeddings.words, packed::kIds);
    std::string others = gather(embeddings.positions->table, packed::kPositions);
    if (embeddings.types) others = graph_.Node("Add", {others, gather(*embeddings.types, packed::kTypeIds)});
    const std::string rows = AddAndNormalize(*embeddings.norm, words, others, "");
    if (!embeddings.projection) return rows;
    return graph_.Node("Add", {Product(rows, Matrix(*embeddings.projection)), Bias(*embeddings.projection)});
  }

  // x W^T with W [outputs, inputs].
  std::string Product(const std::string& rows, const std::string& weight) {
    return graph_.Node("FusedMatMul", {rows, weight}, {{"transB", std::int64_t{1}}}, kMicrosoft);
  }

  // Blocks of `block` values of each part in turn.
  static Tensor Interleave(const std::vector<Tensor>& parts, std::size_t block,
                           std::vector<std::int64_t> shape) {
    const std::size_t size = parts.front().values.size();
    std::shared_ptr<Element[]> joined(new Element[parts.size() * size]);
    Element* to = joined.get();
    for (std::size_t from = 0; from < size; from += block) {
      for (const Tensor& part : parts) to = std::copy_n(part.values.data() + from, block, to);
    }
    return {std::move(shape), {joined.get(), parts.size() * size}, joined};
  }

  // Queries, keys and values of one head stand side by side in [heads, 3, head size] rows of the weight; in
  // the bias all queries come first.
  std::string Attention(const AttentionSpec& attention, const std::string& rows) {
    const LinearSpec* const maps[] = {&attention.query, &attention.key, &attention.value};
    const std::size_t inputs = attention.query.inputs, outputs = attention.query.outputs;
    const auto width = static_cast<std::int64_t>(3 * outputs);
    const std::string name = attention.query.weight.name + "_key_value";
    const std::string weight = Shared(name, [&] {
      std::vector<Tensor> parts;
      for (const LinearSpec* map : maps) parts.push_back(Read(map->weight, {outputs, inputs}));
      return Interleave(parts, attention.head_size * inputs, {width, static_cast<std::int64_t>(inputs)});
    });
    const std::string bias = Shared(name + "_bias", [&] {
      std::vector<Tensor> parts;
      for (const LinearSpec* map : maps) parts.push_back(Read(*map->bias, {outputs}));
      return Interleave(parts, outputs, {width});
    });
    if (qkv_shape_.empty()) {
      qkv_shape_ = graph_.Constant("qkv_shape", {-1, static_cast<std::int64_t>(attention.heads), 3,
                                                 static_cast<std::int64_t>(attention.head_size)});
    }
    const std::string qkv = graph_.Node("Reshape", {Product(rows, weight), qkv_shape_});
    return attention_(graph_, attention, qkv, bias);
  }

  std::string Activated(Activation activation, const std::string& rows, const std::string& bias) {
    const auto sum = [&] { return graph_.Node("Add", {rows, bias}); };
    switch (activation) {
      case Activation::kNone:
        return sum();
      case Activation::kGelu:
        return graph_.Node("BiasGelu", {rows, bias}, {}, kMicrosoft);
      case Activation::kGeluTanh:
        return graph_.Node("FastGelu", {rows, bias}, {}, kMicrosoft);
      case Activation::kRelu:
        return graph_.Node("Relu", {sum()});
      case Activation::kSilu:
        return graph_.Node("QuickGelu", {sum()}, {{"alpha", 1.0f}}, kMicrosoft);
    }
    Fail(ErrorCode::kEngineFailed, "no such activation");
  }

  std::string Layer(const LayerSpec& layer, const std::string& rows, const std::string& output) {
    const LinearSpec& mix = layer.attention.output;
    const FeedForwardSpec& feed_forward = layer.feed_forward;
    const std::string mixed = Product(Attention(layer.attention, rows), Matrix(mix));
    const std::string middle = AddAndNormalize(*layer.attention_norm, mixed, rows, Bias(mix));
    const std::string raised = Product(middle, Matrix(feed_forward.up));
    const std::string active = Activated(feed_forward.activation, raised, Bias(feed_forward.up));
    const std::string lowered = Product(active, Matrix(feed_forward.down));
    return AddAndNormalize(*layer.feed_forward_norm, lowered, middle, Bias(feed_forward.down), output);
  }

  const TransformerSpec& spec_;
  const TransformerWeights weights_;
  const PackedAttention& attention_;
  GraphBuilder graph_;
  std::set<std::string> weight_names_;
  std::string qkv_shape_;
  std::size_t weight_bytes_ = 0;
};

}  // namespace

std::string PackedAttentionNode(GraphBuilder& graph, const AttentionSpec& attention, const std::string& qkv,
                                const std::string& bias) {
  return graph.Node("PackedMultiHeadAttention",
                    {qkv, "", "", bias, packed::kTokenOffset, packed::kCumulative},
                    {{"num_heads", static_cast<std::int64_t>(attention.heads)}}, kMicrosoft);
}

PackedGraph BuildPackedGraph(const TransformerSpec& spec, const Checkpoint& checkpoint, WeightType type,
                             const PackedAttention& attention) {
  if (type == WeightType::kFloat16) return PackedBuilder<HalfTensor>(spec, checkpoint, attention).Build();
  return PackedBuilder<FloatTensor>(spec, checkpoint, attention).Build();
}

}  // namespace densenode
