#include "encoder/bert_graph.h"

#include <cmath>
#include <limits>

#include "encoder/bert_names.h"
#include "encoder/graph_builder.h"

namespace densenode {
namespace {

constexpr const char* kMicrosoft = "com.microsoft";
const std::string kArchitecture = "BertModel";

std::size_t ReadSize(const Json& config, const char* key, std::size_t most,
                     const std::filesystem::path& path) {
  const auto found = config.find(key);
  if (found == config.end()) Fail(ErrorCode::kModelInvalid, path, " lacks \"", key, "\"");
  if (!found->is_number_unsigned() || found->get<std::uint64_t>() == 0 ||
      found->get<std::uint64_t>() > most) {
    Fail(ErrorCode::kModelInvalid, path, ": \"", key, "\" must be a whole number from 1 to ", most, ", not ",
         found->dump());
  }
  return found->get<std::size_t>();
}

// The name of the operator for config.json's hidden_act, and its domain.
std::pair<std::string, std::string> ActivationOperator(const std::string& name) {
  if (name == "gelu") return {"Gelu", ""};  // exact: 0.5 x (1 + erf(x / sqrt 2))
  if (name == "gelu_new" || name == "gelu_pytorch_tanh" || name == "gelu_fast")
    return {"FastGelu", kMicrosoft};
  if (name == "relu") return {"Relu", ""};
  return {};
}

// The operators below are those that ONNX Runtime's CPU provider runs fastest, measured on all-MiniLM-L6-v2:
// its fused SkipLayerNormalization takes 5 times as long as Add + LayerNormalization, and MultiHeadAttention
// with a padding mask 1.5 to 3 times as long as the plain products.
class BertGraph {
 public:
  BertGraph(const BertConfig& config, const Safetensors& weights)
      : config_(config),
        weights_(weights),
        names_(weights),
        hidden_(static_cast<std::int64_t>(config.hidden_size)),
        heads_(static_cast<std::int64_t>(config.num_attention_heads)) {}

  OwnedSession Open(const Ort::SessionOptions& options) {
    const std::string ids = graph_.Input("input_ids", ONNX_TENSOR_ELEMENT_DATA_TYPE_INT32, {-1, -1});
    const std::string type_ids =
        graph_.Input("token_type_ids", ONNX_TENSOR_ELEMENT_DATA_TYPE_INT32, {-1, -1});
    // 0 where a token is, the least float where padding is: added to attention scores.
    graph_.Input("attention_bias", ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT, {-1, 1, 1, -1});
    graph_.Constant("rows_shape", {-1, hidden_});  // matrix products work on rows, one a token

    const std::string embedded = Embeddings(ids, type_ids);
    const std::string batch_shape = graph_.Node("Shape", {embedded}, {{"end", std::int64_t{2}}});
    graph_.Constant("head_sizes", {heads_, hidden_ / heads_});
    graph_.Constant("hidden_sizes", {hidden_});
    heads_shape_ = graph_.Node("Concat", {batch_shape, "head_sizes"}, {{"axis", std::int64_t{0}}});
    const std::string hidden_shape =
        graph_.Node("Concat", {batch_shape, "hidden_sizes"}, {{"axis", std::int64_t{0}}});

    std::string rows = graph_.Node("Reshape", {embedded, "rows_shape"});
    for (std::size_t i = 0; i < config_.num_hidden_layers; ++i) {
      rows = Layer("encoder.layer." + std::to_string(i) + ".", rows);
    }
    graph_.Node("Reshape", {rows, hidden_shape}, {}, "", "last_hidden_state");
    graph_.Output("last_hidden_state", ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT, {-1, -1, hidden_});
    return std::move(graph_).Build(options);
  }

  std::size_t weight_bytes() const { return weight_bytes_; }

 private:
  std::string Weight(const std::string& name, const std::vector<std::int64_t>& shape) {
    const FloatTensor tensor = weights_.Float32(names_.InFile(name), shape);
    weight_bytes_ += tensor.values.size_bytes();
    return graph_.Weight(name, tensor);
  }

  std::pair<std::string, std::string> NormWeights(const std::string& name) {
    const auto [gain, bias] = names_.Norm(name);
    return {Weight(gain, {hidden_}), Weight(bias, {hidden_})};
  }

  std::string Embeddings(const std::string& ids, const std::string& type_ids) {
    const auto size = [](std::size_t value) { return static_cast<std::int64_t>(value); };
    const std::string words =
        Weight("embeddings.word_embeddings.weight", {size(config_.vocab_size), hidden_});
    const std::string positions =
        Weight("embeddings.position_embeddings.weight", {size(config_.max_position_embeddings), hidden_});
    const std::string types =
        Weight("embeddings.token_type_embeddings.weight", {size(config_.type_vocab_size), hidden_});
    const auto [gain, bias] = NormWeights("embeddings.LayerNorm");
    return graph_.Node("EmbedLayerNormalization", {ids, type_ids, words, positions, types, gain, bias},
                       {{"epsilon", config_.layer_norm_eps}}, kMicrosoft, "", /*unused_outputs=*/1);
  }

  // x W^T + b with W stored [outputs, inputs], as PyTorch does.
  std::string Linear(const std::string& name, const std::string& rows, std::size_t inputs,
                     std::size_t outputs) {
    const auto in = static_cast<std::int64_t>(inputs), out = static_cast<std::int64_t>(outputs);
    const std::string weight = Weight(name + ".weight", {out, in});
    const std::string bias = Weight(name + ".bias", {out});
    return graph_.Node("Gemm", {rows, weight, bias}, {{"transB", std::int64_t{1}}});
  }

  std::string AddAndNormalize(const std::string& name, const std::string& change, const std::string& rows) {
    const std::string sum = graph_.Node("Add", {change, rows});
    const auto [gain, bias] = NormWeights(name + ".LayerNorm");
    return graph_.Node("LayerNormalization", {sum, gain, bias},
                       {{"axis", std::int64_t{-1}}, {"epsilon", config_.layer_norm_eps}});
  }

  // softmax(Q K^T / sqrt(d) + bias) V for every head.
  std::string Attention(const std::string& layer, const std::string& rows) {
    const auto project = [&](const char* name, std::vector<std::int64_t> order) {
      const std::string all =
          Linear(layer + "attention.self." + name, rows, config_.hidden_size, config_.hidden_size);
      const std::string split = graph_.Node("Reshape", {all, heads_shape_});
      return graph_.Node("Transpose", {split}, {{"perm", std::move(order)}});
    };
    const std::string queries = project("query", {0, 2, 1, 3});
    const std::string keys = project("key", {0, 2, 3, 1});
    const std::string values = project("value", {0, 2, 1, 3});
    const float scale = 1.0f / std::sqrt(static_cast<float>(hidden_ / heads_));
    const std::string scores = graph_.Node("FusedMatMul", {queries, keys}, {{"alpha", scale}}, kMicrosoft);
    const std::string masked = graph_.Node("Add", {scores, "attention_bias"});
    const std::string shares = graph_.Node("Softmax", {masked}, {{"axis", std::int64_t{-1}}});
    const std::string mixed = graph_.Node("MatMul", {shares, values});
    const std::string joined =
        graph_.Node("Transpose", {mixed}, {{"perm", std::vector<std::int64_t>{0, 2, 1, 3}}});
    return graph_.Node("Reshape", {joined, "rows_shape"});
  }

  std::string Layer(const std::string& layer, const std::string& rows) {
    const std::size_t hidden = config_.hidden_size, inner = config_.intermediate_size;
    const std::string attended =
        Linear(layer + "attention.output.dense", Attention(layer, rows), hidden, hidden);
    const std::string middle = AddAndNormalize(layer + "attention.output", attended, rows);
    const auto [activation, domain] = ActivationOperator(config_.hidden_act);
    const std::string wide =
        graph_.Node(activation, {Linear(layer + "intermediate.dense", middle, hidden, inner)}, {}, domain);
    return AddAndNormalize(layer + "output", Linear(layer + "output.dense", wide, inner, hidden), middle);
  }

  const BertConfig& config_;
  const Safetensors& weights_;
  const BertNames names_;
  const std::int64_t hidden_;
  const std::int64_t heads_;
  GraphBuilder graph_;
  std::string heads_shape_;
  std::size_t weight_bytes_ = 0;
};

class BertSession : public PaddedSession {
 public:
  BertSession(const BertConfig& config, const Safetensors& weights) : dimension_(config.hidden_size) {
    const Ort::SessionOptions options = CpuSessionOptions(ORT_DISABLE_ALL);  // nothing is left to fuse
    session_ = CallOnnxRuntime("building the model's graph", [&] {
      BertGraph graph(config, weights);
      OwnedSession opened = graph.Open(options);
      weight_bytes_ = graph.weight_bytes();
      return opened;
    });
  }

  Output Run(const PaddedBatch& batch, const RunSettings& settings) const override {
    const auto count = static_cast<std::int64_t>(batch.count),
               length = static_cast<std::int64_t>(batch.length);
    std::vector<float> bias(batch.count * batch.length, 0.0f);
    for (std::size_t i = 0; i < batch.count; ++i) {
      std::fill(bias.begin() + static_cast<std::ptrdiff_t>(i * batch.length +
                                                           static_cast<std::size_t>(batch.lengths[i])),
                bias.begin() + static_cast<std::ptrdiff_t>((i + 1) * batch.length),
                std::numeric_limits<float>::lowest());
    }
    auto& ids = const_cast<std::vector<std::int32_t>&>(batch.ids);  // only read
    auto& type_ids = const_cast<std::vector<std::int32_t>&>(batch.type_ids);
    std::vector<Ort::Value> inputs;
    inputs.push_back(TensorOver(ids, {count, length}));
    inputs.push_back(TensorOver(type_ids, {count, length}));
    inputs.push_back(TensorOver(bias, {count, 1, 1, length}));
    static const std::vector<const char*> kNames = {"input_ids", "token_type_ids", "attention_bias"};
    Ort::Value hidden = RunOnce(session_.session, kNames, inputs, "last_hidden_state", settings);
    const float* data = hidden.GetTensorData<float>();
    return {std::move(hidden), data, false};
  }

  std::size_t dimension() const override { return dimension_; }
  std::size_t weight_bytes() const override { return weight_bytes_; }
  const std::string& architecture() const override { return kArchitecture; }

 private:
  std::size_t dimension_;
  std::size_t weight_bytes_ = 0;
  OwnedSession session_;
};

}  // namespace

BertConfig BertConfig::Parse(const Json& config, const std::filesystem::path& path) {
  if (!config.is_object()) Fail(ErrorCode::kModelInvalid, path, " must hold a JSON object");
  BertConfig result{};
  result.vocab_size = ReadSize(config, "vocab_size", 1 << 24, path);
  result.hidden_size = ReadSize(config, "hidden_size", 1 << 16, path);
  result.num_hidden_layers = ReadSize(config, "num_hidden_layers", 1 << 10, path);
  result.num_attention_heads = ReadSize(config, "num_attention_heads", 1 << 10, path);
  result.intermediate_size = ReadSize(config, "intermediate_size", 1 << 20, path);
  result.max_position_embeddings = ReadSize(config, "max_position_embeddings", 1 << 20, path);
  result.type_vocab_size = ReadSize(config, "type_vocab_size", 1 << 10, path);
  if (result.hidden_size % result.num_attention_heads != 0) {
    Fail(ErrorCode::kModelInvalid, path, ": hidden_size ", result.hidden_size,
         " is no multiple of num_attention_heads ", result.num_attention_heads);
  }
  const auto eps = config.find("layer_norm_eps");
  if (eps != config.end() && !eps->is_number())
    Fail(ErrorCode::kModelInvalid, path, ": layer_norm_eps is no number");
  result.layer_norm_eps = eps == config.end() ? 1e-12f : eps->get<float>();
  if (!(result.layer_norm_eps >= 0.0f && result.layer_norm_eps < 1.0f)) {
    Fail(ErrorCode::kModelInvalid, path, ": layer_norm_eps must be from 0 to 1, not ", eps->dump());
  }
  const auto act = config.find("hidden_act");
  result.hidden_act = act == config.end() ? "gelu" : act->is_string() ? act->get<std::string>() : act->dump();
  if (ActivationOperator(result.hidden_act).first.empty()) {
    Fail(ErrorCode::kModelUnsupported, path, ": hidden_act \"", result.hidden_act,
         "\" is not supported; gelu, gelu_new, gelu_fast, gelu_pytorch_tanh and relu are");
  }
  const auto positions = config.find("position_embedding_type");
  if (positions != config.end() && !positions->is_null() && *positions != "absolute") {
    Fail(ErrorCode::kModelUnsupported, path, ": position_embedding_type ", positions->dump(),
         " is not supported; \"absolute\" is");
  }
  const auto decoder = config.find("is_decoder");
  if (decoder != config.end() && *decoder == true) {
    Fail(ErrorCode::kModelUnsupported, path, ": is_decoder is not supported: embeddings need an encoder");
  }
  return result;
}

std::unique_ptr<PaddedSession> OpenBertSession(const BertConfig& config, const Safetensors& weights) {
  return std::make_unique<BertSession>(config, weights);
}

}  // namespace densenode
