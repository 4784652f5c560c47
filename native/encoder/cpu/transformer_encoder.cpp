#include "encoder/cpu/transformer_encoder.h"

#include <algorithm>
#include <cstdlib>
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

  // Without values where there is none.
  NormWeights Norm(const std::optional<NormSpec>& norm, std::size_t width, bool keeps_sum = false) const {
    NormWeights weights;
    weights.width = width;
    weights.keeps_sum = keeps_sum;
    if (!norm) return weights;
    const PaddedAxis axis{1, width};
    const FloatTensor stored = Vector(norm->gain, width);
    std::vector<float> gain(stored.values.begin(), stored.values.end());
    for (float& value : gain) value += norm->added_to_gain;
    weights.gain = PaddedVector(gain, axis);
    weights.bias = norm->bias ? PaddedVector(Vector(*norm->bias, width).values, axis)
                              : PaddedVector(axis.padded_count());
    weights.epsilon = norm->epsilon;
    weights.centered = norm->kind == NormSpec::Kind::kLayer;
    return weights;
  }

  TransformerLayer Layer(const LayerSpec& spec, NormPlacement placement,
                         std::optional<std::size_t> rotary) const {
    const AttentionSpec& attention = spec.attention;
    const FeedForwardSpec& feed_forward = spec.feed_forward;
    const std::size_t hidden = attention.output.outputs, inner = feed_forward.up.outputs;
    const PaddedAxis heads{attention.heads, attention.head_size}, rows{1, hidden};
    const bool before = placement == NormPlacement::kBefore;
    TransformerLayer layer;
    layer.attention = {.heads = attention.heads,
                       .head_width = heads.padded_size(),
                       .scale = attention.scale,
                       .sharing = attention.heads / attention.key_value_heads,
                       .causal = attention.causal,
                       .window = attention.window};
    layer.head_size = attention.head_size;
    layer.queries_keys = Join({attention.query, attention.key}, attention.head_size, rows);
    layer.values = Join({attention.value}, attention.head_size, rows);
    layer.query_norm = Norm(attention.query_norm, attention.head_size);
    layer.key_norm = Norm(attention.key_norm, attention.head_size);
    layer.rotary = rotary;
    layer.attention_output = Join({attention.output}, hidden, heads);
    layer.attention_output_norm = Norm(spec.attention_output_norm, hidden);
    layer.after_attention = Norm(before ? spec.feed_forward_norm : spec.attention_norm, hidden, before);
    if (feed_forward.gate) {
      layer.gated_up = Gated(*feed_forward.gate, feed_forward.up, rows);
    } else {
      layer.up = Join({feed_forward.up}, inner, rows);
    }
    layer.activation = feed_forward.activation;
    layer.down = Join({feed_forward.down}, hidden, {1, inner});
    layer.feed_forward_output_norm = Norm(spec.feed_forward_output_norm, hidden);
    return layer;
  }

  // Several linear maps of the same input as one, their outputs side by side in groups of `group`.
  Linear Join(const std::vector<LinearSpec>& maps, std::size_t group, const PaddedAxis& inputs) const {
    const auto axis = [group](const LinearSpec& map) { return PaddedAxis{map.outputs / group, group}; };
    std::size_t all = 0;
    for (const LinearSpec& map : maps) all += axis(map).padded_count();
    Linear joined{PackedMatrix(all, inputs.padded_count()), PaddedVector(all)};
    std::size_t first = 0;
    for (const LinearSpec& map : maps) {
      const PaddedAxis outputs = axis(map);
      const FloatTensor weight = weights_.Find(map.weight, {outputs.count(), inputs.count()}).Float32Once();
      joined.weight.Put(weight.values, outputs, inputs, first);
      if (map.bias) joined.bias.Put(Vector(*map.bias, outputs.count()).values, outputs, first);
      first += outputs.padded_count();
    }
    return joined;
  }

  GatedLinear Gated(const LinearSpec& gate, const LinearSpec& map, const PaddedAxis& inputs) const {
    GatedLinear gated(RoundUp(map.outputs, kBlock), inputs.padded_count());
    const auto put = [&](GatedLinear::Part part, const LinearSpec& from) {
      const FloatTensor weight = weights_.Find(from.weight, {from.outputs, inputs.count()}).Float32Once();
      const FloatTensor bias = from.bias ? Vector(*from.bias, from.outputs) : FloatTensor{};
      gated.Put(part, weight.values, bias.values, from.outputs, inputs);
    };
    put(GatedLinear::Part::kGate, gate);
    put(GatedLinear::Part::kMap, map);
    return gated;
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
      heads_(spec.layers.front().attention.heads),
      word_scale_(spec.embeddings.word_scale),
      positions_(spec.embeddings.positions),
      relative_bias_(spec.relative_bias),
      alibi_slopes_(spec.alibi_slopes),
      layer_order_(spec.layer_order) {
  const Packer packer(spec, checkpoint);
  const EmbeddingSpec& embeddings = spec.embeddings;
  const bool before = spec.norm_placement == NormPlacement::kBefore;
  words_ = packer.RoundedTable(embeddings.words, embeddings.width);
  if (positions_) position_table_ = packer.Table(positions_->table, embeddings.width);
  if (embeddings.types) types_ = packer.Table(*embeddings.types, embeddings.width);
  norm_ = packer.Norm(embeddings.norm, embeddings.width);
  if (embeddings.projection)
    projection_ = packer.Join({*embeddings.projection}, hidden_, {1, embeddings.width});
  if (relative_bias_) relative_table_ = packer.Table(relative_bias_->table, heads_);
  for (const LayerSpec& layer : spec.layers) {
    std::optional<std::size_t> rotary;
    if (const auto& turns = layer.attention.rotary) {
      const auto found = std::find(rotary_.begin(), rotary_.end(), *turns);
      rotary = static_cast<std::size_t>(found - rotary_.begin());
      if (found == rotary_.end()) rotary_.push_back(*turns);
    }
    layers_.push_back(packer.Layer(layer, spec.norm_placement, rotary));
  }
  if (before) first_norm_ = packer.Norm(spec.layers[layer_order_.front()].attention_norm, hidden_, true);
  for (std::size_t i = 0; i < layer_order_.size(); ++i) {
    const bool last = i + 1 == layer_order_.size();
    const std::optional<NormSpec>& norm = !before ? spec.layers[layer_order_[i]].feed_forward_norm
                                          : last  ? spec.final_norm
                                                  : spec.layers[layer_order_[i + 1]].attention_norm;
    after_.push_back(packer.Norm(norm, hidden_, before && !last));
  }
}

std::size_t TransformerEncoder::bytes() const {
  std::size_t sum = words_.size() * sizeof(Bf16) +
                    (position_table_.size() + types_.size() + relative_table_.size()) * sizeof(float) +
                    norm_.bytes() + first_norm_.bytes();
  if (projection_) sum += projection_->bytes();
  for (const TransformerLayer& layer : layers_) sum += layer.bytes();
  for (const NormWeights& norm : after_) sum += norm.bytes();
  return sum;
}

void TransformerEncoder::AddPositions(const TokenBatch& batch, float* x) const {
  if (batch.longest() > positions_->most_tokens()) {
    Fail(ErrorCode::kEngineFailed, "position ", batch.longest() - 1, " is outside of the model's ",
         positions_->most_tokens());
  }
  const std::size_t width = embedding_width_;
  for (const std::int32_t position : PositionIds(*positions_, batch)) {
    std::copy_n(Row(position_table_, position, width, "position"), width, x);
    x += width;
  }
}

void TransformerEncoder::Embed(const TokenBatch& batch, Workspace* workspace) const {
  const std::size_t width = embedding_width_, padded = RoundUp(width, kBlock);
  const PaddedVector no_bias(padded);
  PaddedVector word(padded);
  const LayerNorm norm = norm_.norm();
  float* x = workspace->x.Reserve(workspace->rows * width);
  Bf16* rounded = workspace->rounded.Reserve((workspace->rows + kBlock) * padded);
  if (positions_) {
    AddPositions(batch, x);
  } else {
    std::fill_n(x, workspace->rows * width, 0.0f);
  }
  for (std::size_t token = 0; token < workspace->rows; ++token, x += width, rounded += padded) {
    if (!types_.empty()) {
      const float* const type = Row(types_, batch.type_ids[token], width, "token type");
      std::transform(x, x + width, type, x, std::plus<float>());
    }
    const Bf16* const from = Row(words_, batch.ids[token], width, "token id");
    std::transform(from, from + width, word.data(),
                   [this](Bf16 value) { return word_scale_ * FromBf16(value); });
    AddAndNormalize(norm, word.data(), no_bias.data(), x, rounded);
  }
}

void TransformerEncoder::Project(const ProductKernel& kernel, Workspace* workspace) const {
  const std::size_t rows = workspace->rows, padded = projection_->weight.outputs();
  Bf16* const projected = workspace->wide.Reserve((rows + kBlock) * padded);
  ApplyLinear(kernel, *projection_, Activation::kNone, workspace->rounded.data(), rows, projected, padded);
  Bf16* const rounded = workspace->rounded.Reserve((rows + kBlock) * padded);
  std::copy_n(projected, rows * padded, rounded);
  float* const x = workspace->x.Reserve(rows * hidden_);
  for (std::size_t row = 0; row < rows; ++row) {
    const Bf16* const from = projected + row * padded;
    std::transform(from, from + hidden_, x + row * hidden_, FromBf16);
  }
}

// The rows stay as they are; what goes into the first layer is normalized.
void TransformerEncoder::NormalizeFirst(Workspace* workspace) const {
  const std::size_t padded = RoundUp(hidden_, kBlock);
  const PaddedVector no_bias(padded);
  PaddedVector nothing(padded);
  const LayerNorm norm = first_norm_.norm();
  for (std::size_t row = 0; row < workspace->rows; ++row) {
    std::fill_n(nothing.data(), padded, 0.0f);
    AddAndNormalize(norm, nothing.data(), no_bias.data(), workspace->x.data() + row * hidden_,
                    workspace->rounded.data() + row * padded);
  }
}

std::optional<DistanceBias> TransformerEncoder::MakeBias(std::size_t longest) const {
  std::optional<DistanceBias> bias;
  if (relative_bias_) {
    const std::vector<std::int32_t> buckets = RelativeBuckets(*relative_bias_, longest);
    const std::int32_t* const by_distance = buckets.data() + longest;
    bias.emplace(heads_, longest, [&](std::size_t head, std::int64_t distance) {
      return relative_table_[static_cast<std::size_t>(by_distance[distance]) * heads_ + head];
    });
  } else if (!alibi_slopes_.empty()) {
    bias.emplace(heads_, longest, [&](std::size_t head, std::int64_t distance) {
      return -alibi_slopes_[head] * static_cast<float>(std::abs(distance));
    });
  }
  return bias;
}

void TransformerEncoder::Run(const ProductKernel& kernel, const TokenBatch& batch,
                             const Cancellation* cancellation, Workspace* workspace) const {
  Run(kernel, batch, cancellation, workspace, nullptr);
}

std::size_t TransformerEncoder::Narrow(const ProductKernel& kernel, const TokenBatch& sample) {
  Workspace workspace;
  std::vector<InputRanges> ranges(layers_.size());
  Run(kernel, sample, nullptr, &workspace, &ranges);
  for (std::size_t i = 0; i < layers_.size(); ++i) {
    Linear &attention = layers_[i].queries_keys, &feed_forward = layers_[i].feed_forward_input();
    attention.in_bytes = ByteMatrix(attention.weight, ranges[i].attention);
    feed_forward.in_bytes = ByteMatrix(feed_forward.weight, ranges[i].feed_forward);
    SetNarrow(i, true);
  }
  return layers_.size();
}

void TransformerEncoder::SetNarrow(std::size_t layer, bool narrow) {
  layers_[layer].queries_keys.narrow = narrow;
  layers_[layer].feed_forward_input().narrow = narrow;
}

void TransformerEncoder::Settle() {
  for (TransformerLayer& layer : layers_) {
    for (Linear* linear : {&layer.queries_keys, &layer.feed_forward_input()}) {
      if (linear->narrow) {
        linear->weight.Release();
      } else {
        linear->in_bytes = {};
      }
    }
  }
}

void TransformerEncoder::Run(const ProductKernel& kernel, const TokenBatch& batch,
                             const Cancellation* cancellation, Workspace* workspace,
                             std::vector<InputRanges>* ranges) const {
  workspace->rows = batch.ids.size();
  workspace->x.Reserve(workspace->rows * hidden_);
  workspace->rounded.Reserve((workspace->rows + kBlock) * RoundUp(hidden_, kBlock));
  const std::optional<DistanceBias> bias = MakeBias(batch.longest());
  std::vector<RotaryWaves> waves;
  for (const RotaryPositions& rotary : rotary_) waves.emplace_back(rotary, batch.longest());
  Embed(batch, workspace);
  const KernelScope scope(kernel);
  if (projection_) Project(kernel, workspace);
  if (first_norm_.gain.bytes() > 0) NormalizeFirst(workspace);
  for (std::size_t i = 0; i < layer_order_.size(); ++i) {
    if (cancellation) cancellation->ThrowIfRequested();
    RunLayer(kernel, layers_[layer_order_[i]], after_[i].norm(),
             {.lengths = batch.lengths,
              .waves = waves,
              .bias = bias ? &*bias : nullptr,
              .ranges = ranges ? &(*ranges)[layer_order_[i]] : nullptr},
             workspace);
  }
}

}  // namespace densenode::cpu
