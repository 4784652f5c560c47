#include "encoder/cpu/bert_encoder.h"

#include <algorithm>
#include <cmath>
#include <string>

#include "common/error.h"
#include "encoder/bert_weights.h"

namespace densenode::cpu {
namespace {

// Reads weights and packs them.
class Packer {
 public:
  Packer(const BertConfig& config, const Safetensors& weights)
      : config_(config),
        weights_(config, weights),
        heads_{config.num_attention_heads, config.hidden_size / config.num_attention_heads},
        hidden_{1, config.hidden_size},
        inner_{1, config.intermediate_size} {}

  const BertWeights& weights() const { return weights_; }

  NormWeights Norm(const std::string& name) const {
    const auto [gain, bias] = weights_.Norm(name);
    return {PaddedVector(gain.values, hidden_), PaddedVector(bias.values, hidden_), config_.layer_norm_eps,
            hidden_.size};
  }

  TransformerLayer Layer(std::size_t index) const {
    const std::string name = "encoder.layer." + std::to_string(index) + ".";
    TransformerLayer layer;
    layer.attention = {heads_.groups, heads_.padded_size(),
                       1.0f / std::sqrt(static_cast<float>(heads_.size))};
    const std::string self = name + "attention.self.";
    layer.queries_keys_values = Join({self + "query", self + "key", self + "value"}, heads_, hidden_);
    layer.attention_output = Join({name + "attention.output.dense"}, hidden_, heads_);
    layer.attention_norm = Norm(name + "attention.output.LayerNorm");
    layer.up = Join({name + "intermediate.dense"}, inner_, hidden_);
    layer.activation = *ParseActivation(config_.hidden_act);
    layer.down = Join({name + "output.dense"}, hidden_, inner_);
    layer.output_norm = Norm(name + "output.LayerNorm");
    return layer;
  }

 private:
  // Several linear maps of the same input as one, their outputs side by side.
  Linear Join(const std::vector<std::string>& names, const PaddedAxis& outputs,
              const PaddedAxis& inputs) const {
    const std::size_t each = outputs.padded_count();
    Linear joined{PackedMatrix(names.size() * each, inputs.padded_count()),
                  PaddedVector(names.size() * each)};
    for (std::size_t i = 0; i < names.size(); ++i) {
      const auto [weight, bias] = weights_.Linear(names[i], outputs.count(), inputs.count());
      joined.weight.Put(weight.values, outputs, inputs, i * each);
      joined.bias.Put(bias.values, outputs, i * each);
    }
    return joined;
  }

  const BertConfig& config_;
  const BertWeights weights_;
  const PaddedAxis heads_, hidden_, inner_;
};

std::vector<float> Copy(const FloatTensor& tensor) { return {tensor.values.begin(), tensor.values.end()}; }

AlignedBuffer<Bf16> Round(const FloatTensor& tensor) {
  AlignedBuffer<Bf16> rounded(tensor.values.size());
  std::transform(tensor.values.begin(), tensor.values.end(), rounded.data(), ToBf16);
  return rounded;
}

// The row of an embedding table.
template <typename Table>
const auto* Row(const Table& table, std::int32_t index, std::size_t width, const char* what) {
  const std::size_t rows = table.size() / width;
  if (index < 0 || static_cast<std::size_t>(index) >= rows) {
    Fail(ErrorCode::kEngineFailed, what, " ", index, " is outside of the model's ", rows);
  }
  return table.data() + static_cast<std::size_t>(index) * width;
}

}  // namespace

BertEncoder::BertEncoder(const BertConfig& config, const Safetensors& weights) : hidden_(config.hidden_size) {
  const Packer packer(config, weights);
  words_ = Round(packer.weights().Words());
  positions_ = Copy(packer.weights().Positions());
  types_ = Copy(packer.weights().Types());
  norm_ = packer.Norm("embeddings.LayerNorm");
  for (std::size_t i = 0; i < config.num_hidden_layers; ++i) layers_.push_back(packer.Layer(i));
}

std::size_t BertEncoder::bytes() const {
  std::size_t sum =
      words_.size() * sizeof(Bf16) + (positions_.size() + types_.size()) * sizeof(float) + norm_.bytes();
  for (const TransformerLayer& layer : layers_) sum += layer.bytes();
  return sum;
}

void BertEncoder::Embed(const TokenBatch& batch, Workspace* workspace) const {
  const std::size_t padded = RoundUp(hidden_, kBlock);
  const PaddedVector no_bias(padded);
  PaddedVector word(padded);
  const LayerNorm norm = norm_.norm();
  float* x = workspace->x.data();
  Bf16* rounded = workspace->rounded.data();
  std::size_t token = 0;
  for (const std::int32_t length : batch.lengths) {
    for (std::int32_t i = 0; i < length; ++i, ++token, x += hidden_, rounded += padded) {
      const float* const position = Row(positions_, i, hidden_, "position");
      const float* const type = Row(types_, batch.type_ids[token], hidden_, "token type");
      const Bf16* const from = Row(words_, batch.ids[token], hidden_, "token id");
      for (std::size_t d = 0; d < hidden_; ++d) {
        x[d] = position[d] + type[d];
        word.data()[d] = FromBf16(from[d]);
      }
      AddAndNormalize(norm, word.data(), no_bias.data(), x, rounded);
    }
  }
}

void BertEncoder::Run(const ProductKernel& kernel, const TokenBatch& batch, const Cancellation* cancellation,
                      Workspace* workspace) const {
  workspace->rows = batch.ids.size();
  workspace->x.Reserve(workspace->rows * hidden_);
  workspace->rounded.Reserve((workspace->rows + kBlock) * RoundUp(hidden_, kBlock));
  Embed(batch, workspace);
  const KernelScope scope(kernel);
  for (const TransformerLayer& layer : layers_) {
    if (cancellation) cancellation->ThrowIfRequested();
    RunLayer(kernel, layer, batch.lengths, workspace);
  }
}

}  // namespace densenode::cpu
