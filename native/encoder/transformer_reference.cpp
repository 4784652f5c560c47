#include "encoder/transformer_reference.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <numeric>

#include "encoder/positions.h"

namespace densenode {
namespace {

using Rows = std::vector<float>;

float Dot(const float* a, const float* b, std::size_t count) {
  constexpr std::size_t kLanes = 32;
  float sums[kLanes] = {};
  std::size_t i = 0;
  for (; i + kLanes <= count; i += kLanes) {
    for (std::size_t lane = 0; lane < kLanes; ++lane) sums[lane] += a[i + lane] * b[i + lane];
  }
  for (; i < count; ++i) sums[0] += a[i] * b[i];
  return std::accumulate(sums, sums + kLanes, 0.0f);
}

float Activated(Activation activation, float x) {
  switch (activation) {
    case Activation::kNone:
      return x;
    case Activation::kGelu:
      return 0.5f * x * (1 + std::erf(x * 0.70710678f));
    case Activation::kGeluTanh:
      return 0.5f * x * (1 + std::tanh(0.79788456f * (x + 0.044715f * x * x * x)));
    case Activation::kRelu:
      return std::max(x, 0.0f);
    case Activation::kSilu:
      return x / (1 + std::exp(-x));
  }
  return x;
}

void Activate(Activation activation, Rows* rows) {
  for (float& x : *rows) x = Activated(activation, x);
}

class Reference {
 public:
  Reference(const TransformerWeights& weights, std::size_t length)
      : weights_(weights), spec_(weights.spec()), length_(length), bias_(ScoreBias()) {}

  Rows Run(std::span<const std::int32_t> ids) const {
    Rows x = Embed(ids);
    for (const std::size_t index : spec_.layer_order) {
      const LayerSpec& layer = spec_.layers[index];
      AddTo(&x, Linear(layer.attention.output, Attend(layer.attention, x)));
      Normalize(*layer.attention_norm, &x);
      Rows inner = Linear(layer.feed_forward.up, x);
      Activate(layer.feed_forward.activation, &inner);
      AddTo(&x, Linear(layer.feed_forward.down, inner));
      Normalize(*layer.feed_forward_norm, &x);
    }
    return x;
  }

 private:
  FloatTensor Values(const TensorPlace& place, const std::vector<std::size_t>& shape) const {
    return weights_.Find(place, shape).Float32();
  }

  Rows Embed(std::span<const std::int32_t> ids) const {
    const EmbeddingSpec& embeddings = spec_.embeddings;
    Rows x(length_ * embeddings.width, 0.0f);
    AddRows(embeddings.words, ids, &x);
    std::vector<std::int32_t> positions(length_);
    PositionIds(*embeddings.positions, ids, positions.data());
    AddRows(embeddings.positions->table, positions, &x);
    if (embeddings.types) AddRows(*embeddings.types, std::vector<std::int32_t>(length_, 0), &x);
    Normalize(*embeddings.norm, &x);
    return embeddings.projection ? Linear(*embeddings.projection, x) : x;
  }

  void AddRows(const TableSpec& table, std::span<const std::int32_t> rows, Rows* x) const {
    const std::size_t width = spec_.embeddings.width;
    const StoredTensor stored = weights_.Table(table, width);
    for (std::size_t i = 0; i < rows.size(); ++i) {
      const FloatTensor row = stored.Rows(static_cast<std::size_t>(rows[i]), 1).Float32();
      for (std::size_t d = 0; d < width; ++d) (*x)[i * width + d] += row.values[d];
    }
  }

  Rows Linear(const LinearSpec& linear, const Rows& in) const {
    const std::size_t outputs = linear.outputs, inputs = linear.inputs;
    const FloatTensor weight = Values(linear.weight, {outputs, inputs}),
                      bias = Values(*linear.bias, {outputs});
    Rows out(length_ * outputs);
    for (std::size_t o = 0; o < outputs; ++o) {
      for (std::size_t row = 0; row < length_; ++row) {
        out[row * outputs + o] =
            bias.values[o] + Dot(in.data() + row * inputs, weight.values.data() + o * inputs, inputs);
      }
    }
    return out;
  }

  static void AddTo(Rows* x, const Rows& change) {
    std::transform(change.begin(), change.end(), x->begin(), x->begin(), std::plus<float>());
  }

  void Normalize(const NormSpec& norm, Rows* x) const {
    const std::size_t width = norm.width;
    const FloatTensor gain = Values(norm.gain, {width}), bias = Values(*norm.bias, {width});
    for (float* row = x->data(); row < x->data() + x->size(); row += width) {
      double mean = 0, variance = 0;
      for (std::size_t d = 0; d < width; ++d) mean += row[d] / static_cast<double>(width);
      for (std::size_t d = 0; d < width; ++d)
        variance += (row[d] - mean) * (row[d] - mean) / static_cast<double>(width);
      const double scale = 1 / std::sqrt(variance + norm.epsilon);
      for (std::size_t d = 0; d < width; ++d)
        row[d] = static_cast<float>((row[d] - mean) * scale) * gain.values[d] + bias.values[d];
    }
  }

  // Of each head, query and key; empty without.
  Rows ScoreBias() const {
    if (!spec_.relative_bias) return {};
    const auto& [table, longest] = *spec_.relative_bias;
    const std::size_t heads = spec_.layers.front().attention.heads;
    const FloatTensor values = Values(table.weight, {table.rows, heads});
    Rows bias(heads * length_ * length_);
    float* out = bias.data();
    for (std::size_t head = 0; head < heads; ++head) {
      for (std::size_t query = 0; query < length_; ++query) {
        for (std::size_t key = 0; key < length_; ++key) {
          const auto distance = static_cast<std::int64_t>(key) - static_cast<std::int64_t>(query);
          *out++ = values.values[RelativeBucket(distance, table.rows, longest) * heads + head];
        }
      }
    }
    return bias;
  }

  Rows Attend(const AttentionSpec& attention, const Rows& x) const {
    const std::size_t width = attention.head_size, all = attention.heads * width;
    const Rows queries = Linear(attention.query, x), keys = Linear(attention.key, x),
               values = Linear(attention.value, x);
    Rows out(length_ * all), shares(length_);
    const float* bias = bias_.data();
    for (std::size_t head = 0; head < all; head += width) {
      for (std::size_t row = 0; row < length_; ++row) {
        for (std::size_t key = 0; key < length_; ++key) {
          shares[key] = attention.scale * Dot(&queries[row * all + head], &keys[key * all + head], width);
          if (!bias_.empty()) shares[key] += *bias++;
        }
        const float most = *std::max_element(shares.begin(), shares.end());
        for (float& share : shares) share = std::exp(share - most);
        const float sum = std::accumulate(shares.begin(), shares.end(), 0.0f);
        for (std::size_t key = 0; key < length_; ++key) {
          for (std::size_t d = head; d < head + width; ++d)
            out[row * all + d] += shares[key] / sum * values[key * all + d];
        }
      }
    }
    return out;
  }

  const TransformerWeights& weights_;
  const TransformerSpec& spec_;
  const std::size_t length_;
  const Rows bias_;
};

}  // namespace

std::vector<float> TransformerReference(const TransformerWeights& weights,
                                        std::span<const std::int32_t> ids) {
  return Reference(weights, ids.size()).Run(ids);
}

}  // namespace densenode
