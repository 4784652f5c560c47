#include "encoder/cpu/transformer_encoder.h"

#include <algorithm>
#include <functional>

#include "common/error.h"
#include "encoder/positions.h"
#include "encoder/transformer_weights.h"

namespace densenode::cpu {
namespace {

// Reads weights and packs them.
class Packer {
 public:
  Packer(const TransformerSpec& spec, const Checkpoint& checkpoint) : weights_(spec, checkpoint) {}

  AlignedBuffer<Bf16> RoundedTable(const TableSpec& table, std::size_t width) const {
    AlignedBuffer<Bf16> rounded(table.rows * width);
    weights_.Table(table, width).ForEachPiece([&](std::size_t first, std::span<const float> piece) {
      std::transform(piece.begin(), piece.end(), rounded.data() + first, ToBf16);
    });
    return rounded;
  }

  std::vector<float> Table(const TableSpec& table, std::size_t width) const {
    const FloatTensor tensor = weights_.Table(table, width).Float32();
    return {tensor.values.begin(), tensor.values.end()};
  }

  NormWeights Norm(const NormSpec& norm) const {
    const PaddedAxis axis{1, norm.width};
    return {PaddedVector(Vector(norm.gain, norm.width).values, axis),
            PaddedVector(Vector(*norm.bias, norm.width).values, axis), norm.epsilon, norm.width};
  }

  DistanceBias Bias(const RelativeBias& bias, std::size_t heads, std::size_t longest) const {
    const std::vector<float> table = Table(bias.table, heads);
    return DistanceBias(heads, longest, [&](std::size_t head, std::int64_t distance) {
      return table[RelativeBucket(distance, bias.table.rows, bias.longest) * heads + head];
    });
  }

  TransformerLayer Layer(const LayerSpec& spec, const DistanceBias* bias) const {
    const AttentionSpec& attention = spec.attention;
    const FeedForwardSpec& feed_forward = spec.feed_forward;
    const PaddedAxis heads{attention.heads, attention.head_size};
    const PaddedAxis hidden{1, attention.output.outputs}, inner{1, feed_forward.up.outputs};
    TransformerLayer layer;
    layer.attention = {heads.groups, heads.padded_size(), attention.scale, bias};
    layer.queries_keys_values = Join({attention.query, attention.key, attention.value}, heads, hidden);
    layer.attention_output = Join({attention.output}, hidden, heads);
    layer.attention_norm = Norm(*spec.attention_norm);
    layer.up = Join({feed_forward.up}, inner, hidden);
    layer.activation = feed_forward.activation;
    layer.down = Join({feed_forward.down}, hidden, inner);
    layer.output_norm = Norm(*spec.feed_forward_norm);
    return layer;
  }

  // Several linear maps of the same input as one, their outputs side by side.
  Linear Join(const std::vector<LinearSpec>& maps, const PaddedAxis& outputs,
              const PaddedAxis& inputs) const {
    const std::size_t each = outputs.padded_count();
    Linear joined{PackedMatrix(maps.size() * each, inputs.padded_count()), PaddedVector(maps.size() * each)};
    for (std::size_t i = 0; i < maps.size(); ++i) {
      const StoredTensor weight = weights_.Find(maps[i].weight, {outputs.count(), inputs.count()});
      joined.weight.Put(weight.Float32().values, outputs, inputs, i * each);
      weight.ReleasePages();
      joined.bias.Put(Vector(*maps[i].bias, outputs.count()).values, outputs, i * each);
    }
    return joined;
  }

 private:
  FloatTensor Vector(const TensorPlace& place, std::size_t size) const {
    return weights_.Find(place, {size}).Float32();
  }

  const TransformerWeights weights_;
};

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

TransformerEncoder::TransformerEncoder(const TransformerSpec& spec, const Checkpoint& checkpoint)
    : hidden_(spec.hidden),
      embedding_width_(spec.embeddings.width),
      positions_(*spec.embeddings.positions),
      layer_order_(spec.layer_order) {
  const Packer packer(spec, checkpoint);
  const EmbeddingSpec& embeddings = spec.embeddings;
  words_ = packer.RoundedTable(embeddings.words, embeddings.width);
  position_table_ = packer.Table(positions_.table, embeddings.width);
  if (embeddings.types) types_ = packer.Table(*embeddings.types, embeddings.width);
  norm_ = packer.Norm(*embeddings.norm);
  if (embeddings.projection)
    projection_ = packer.Join({*embeddings.projection}, {1, hidden_}, {1, embeddings.width});
  if (spec.relative_bias) {
    bias_.emplace(
        packer.Bias(*spec.relative_bias, spec.layers.front().attention.heads, positions_.most_tokens()));
  }
  for (const LayerSpec& layer : spec.layers)
    layers_.push_back(packer.Layer(layer, bias_ ? &*bias_ : nullptr));
}

std::size_t TransformerEncoder::bytes() const {
  std::size_t sum =
      words_.size() * sizeof(Bf16) + (position_table_.size() + types_.size()) * sizeof(float) + norm_.bytes();
  if (projection_) sum += projection_->bytes();
  if (bias_) sum += bias_->bytes();
  for (const TransformerLayer& layer : layers_) sum += layer.bytes();
  return sum;
}

void TransformerEncoder::Embed(const TokenBatch& batch, Workspace* workspace) const {
  const std::size_t width = embedding_width_, padded = RoundUp(width, kBlock);
  if (batch.longest() > positions_.most_tokens()) {
    Fail(ErrorCode::kEngineFailed, "position ", batch.longest() - 1, " is outside of the model's ",
         positions_.most_tokens());
  }
  const std::vector<std::int32_t> positions = PositionIds(positions_, batch);
  const PaddedVector no_bias(padded);
  PaddedVector word(padded);
  const LayerNorm norm = norm_.norm();
  float* x = workspace->x.Reserve(workspace->rows * width);
  Bf16* rounded = workspace->rounded.Reserve((workspace->rows + kBlock) * padded);
  for (std::size_t token = 0; token < workspace->rows; ++token, x += width, rounded += padded) {
    std::copy_n(Row(position_table_, positions[token], width, "position"), width, x);
    if (!types_.empty()) {
      const float* const type = Row(types_, batch.type_ids[token], width, "token type");
      std::transform(x, x + width, type, x, std::plus<float>());
    }
    const Bf16* const from = Row(words_, batch.ids[token], width, "token id");
    std::transform(from, from + width, word.data(), FromBf16);
    AddAndNormalize(norm, word.data(), no_bias.data(), x, rounded);
  }
}

void TransformerEncoder::Project(const ProductKernel& kernel, Workspace* workspace) const {
  const std::size_t rows = workspace->rows, padded = projection_->weight.outputs();
  Bf16* const projected = workspace->wide.Reserve((rows + kBlock) * padded);
  ApplyLinear(kernel, *projection_, Activation::kNone, workspace->rounded.data(), rows, projected);
  Bf16* const rounded = workspace->rounded.Reserve((rows + kBlock) * padded);
  std::copy_n(projected, rows * padded, rounded);
  float* const x = workspace->x.Reserve(rows * hidden_);
  for (std::size_t row = 0; row < rows; ++row) {
    const Bf16* const from = projected + row * padded;
    std::transform(from, from + hidden_, x + row * hidden_, FromBf16);
  }
}

void TransformerEncoder::Run(const ProductKernel& kernel, const TokenBatch& batch,
                             const Cancellation* cancellation, Workspace* workspace) const {
  workspace->rows = batch.ids.size();
  workspace->x.Reserve(workspace->rows * hidden_);
  workspace->rounded.Reserve((workspace->rows + kBlock) * RoundUp(hidden_, kBlock));
  Embed(batch, workspace);
  const KernelScope scope(kernel);
  if (projection_) Project(kernel, workspace);
  for (const std::size_t layer : layer_order_) {
    if (cancellation) cancellation->ThrowIfRequested();
    RunLayer(kernel, layers_[layer], batch.lengths, workspace);
  }
}

}  // namespace densenode::cpu
