#include "encoder/transformer_reference.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <functional>
#include <limits>
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
    const bool before = spec_.norm_placement == NormPlacement::kBefore;
    Rows x = Embed(ids);
    const auto add = [&](const std::optional<NormSpec>& norm, const std::optional<NormSpec>& output_norm,
                         const auto& part) {
      Rows in = x;
      if (before) Normalize(norm, &in);
      Rows change = part(in);
      Normalize(output_norm, &change);
      std::transform(change.begin(), change.end(), x.begin(), x.begin(), std::plus<float>());
      if (!before) Normalize(norm, &x);
    };
    for (const std::size_t index : spec_.layer_order) {
      const LayerSpec& layer = spec_.layers[index];
      add(layer.attention_norm, layer.attention_output_norm,
          [&](const Rows& in) { return Linear(layer.attention.output, Attend(layer.attention, in)); });
      add(layer.feed_forward_norm, layer.feed_forward_output_norm,
          [&](const Rows& in) { return FeedForward(layer.feed_forward, in); });
    }
    Normalize(spec_.final_norm, &x);
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
    for (float& value : x) value *= embeddings.word_scale;
    if (embeddings.positions) {
      std::vector<std::int32_t> positions(length_);
      PositionIds(*embeddings.positions, ids, positions.data());
      AddRows(embeddings.positions->table, positions, &x);
    }
    if (embeddings.types) AddRows(*embeddings.types, std::vector<std::int32_t>(length_, 0), &x);
    Normalize(embeddings.norm, &x);
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
    const FloatTensor weight = Values(linear.weight, {outputs, inputs});
    Rows bias(outputs, 0.0f);
    if (linear.bias) {
      const FloatTensor stored = Values(*linear.bias, {outputs});
      bias.assign(stored.values.begin(), stored.values.end());
    }
    Rows out(length_ * outputs);
    for (std::size_t o = 0; o < outputs; ++o) {
      for (std::size_t row = 0; row < length_; ++row) {
        out[row * outputs + o] =
            bias[o] + Dot(in.data() + row * inputs, weight.values.data() + o * inputs, inputs);
      }
    }
    return out;
  }

  Rows FeedForward(const FeedForwardSpec& feed_forward, const Rows& in) const {
    Rows inner = Linear(feed_forward.up, in);
    if (feed_forward.gate) {
      Rows gate = Linear(*feed_forward.gate, in);
      Activate(feed_forward.activation, &gate);
      std::transform(gate.begin(), gate.end(), inner.begin(), inner.begin(), std::multiplies<float>());
    } else {
      Activate(feed_forward.activation, &inner);
    }
    return Linear(feed_forward.down, inner);
  }

  // Runs of norm.width values: rows, or heads.
  void Normalize(const std::optional<NormSpec>& norm, Rows* x) const {
    if (!norm) return;
    const std::size_t width = norm->width;
    const FloatTensor gain = Values(norm->gain, {width});
    const FloatTensor bias = norm->bias ? Values(*norm->bias, {width}) : FloatTensor{};
    for (float* row = x->data(); row < x->data() + x->size(); row += width) {
      double mean = 0, variance = 0;
      if (norm->kind == NormSpec::Kind::kLayer) {
        for (std::size_t d = 0; d < width; ++d) mean += row[d] / static_cast<double>(width);
      }
      for (std::size_t d = 0; d < width; ++d)
        variance += (row[d] - mean) * (row[d] - mean) / static_cast<double>(width);
      const double scale = 1 / std::sqrt(variance + norm->epsilon);
      for (std::size_t d = 0; d < width; ++d) {
        row[d] = static_cast<float>((row[d] - mean) * scale) * (gain.values[d] + norm->added_to_gain) +
                 (norm->bias ? bias.values[d] : 0.0f);
      }
    }
  }

  // Every head of every row, by the row's position.
  static void Turn(const std::optional<RotaryPositions>& rotary, std::size_t head_size, std::size_t heads,
                   Rows* x) {
    if (!rotary) return;
    const std::size_t pairs = rotary->frequencies.size();
    for (std::size_t head = 0; head < x->size() / head_size; ++head) {
      for (std::size_t i = 0; i < pairs; ++i) {
        const float angle = static_cast<float>(head / heads) * rotary->frequencies[i];
        const float cosine = std::cos(angle) * rotary->magnitude, sine = std::sin(angle) * rotary->magnitude;
        float& first = (*x)[head * head_size + (rotary->interleaved ? 2 * i : i)];
        float& second = (*x)[head * head_size + (rotary->interleaved ? 2 * i + 1 : pairs + i)];
        const float before = first;
        first = before * cosine - second * sine;
        second = second * cosine + before * sine;
      }
    }
  }

  // Of each head, query and key; empty without.
  Rows ScoreBias() const {
    if (!spec_.relative_bias && spec_.alibi_slopes.empty()) return {};
    const std::size_t heads = spec_.layers.front().attention.heads;
    FloatTensor values;
    if (spec_.relative_bias)
      values = Values(spec_.relative_bias->table.weight, {spec_.relative_bias->table.rows, heads});
    const auto value = [&](std::size_t head, std::int64_t distance) {
      if (!spec_.relative_bias) return -spec_.alibi_slopes[head] * static_cast<float>(std::abs(distance));
      const auto& [table, longest] = *spec_.relative_bias;
      return values.values[RelativeBucket(distance, table.rows, longest) * heads + head];
    };
    Rows bias;
    for (std::size_t head = 0; head < heads; ++head) {
      for (std::size_t query = 0; query < length_; ++query) {
        for (std::size_t key = 0; key < length_; ++key)
          bias.push_back(value(head, static_cast<std::int64_t>(key) - static_cast<std::int64_t>(query)));
      }
    }
    return bias;
  }

  static bool Sees(const AttentionSpec& attention, std::size_t query, std::size_t key) {
    if (attention.causal && key > query) return false;
    return !attention.window || std::max(query, key) - std::min(query, key) <= *attention.window;
  }

  Rows Attend(const AttentionSpec& attention, const Rows& x) const {
    const std::size_t width = attention.head_size, all = attention.heads * width;
    const std::size_t shared = attention.key_value_heads * width,
                      group = attention.heads / attention.key_value_heads;
    Rows queries = Linear(attention.query, x), keys = Linear(attention.key, x);
    const Rows values = Linear(attention.value, x);
    Normalize(attention.query_norm, &queries);
    Normalize(attention.key_norm, &keys);
    Turn(attention.rotary, width, attention.heads, &queries);
    Turn(attention.rotary, width, attention.key_value_heads, &keys);
    Rows out(length_ * all), shares(length_);
    const float* bias = bias_.data();
    for (std::size_t head = 0; head < attention.heads; ++head) {
      const std::size_t first = head * width, first_shared = head / group * width;
      for (std::size_t row = 0; row < length_; ++row) {
        for (std::size_t key = 0; key < length_; ++key) {
          shares[key] =
              attention.scale * Dot(&queries[row * all + first], &keys[key * shared + first_shared], width);
          if (!bias_.empty()) shares[key] += *bias++;
          if (!Sees(attention, row, key)) shares[key] = -std::numeric_limits<float>::infinity();
        }
        const float most = *std::max_element(shares.begin(), shares.end());
        for (float& share : shares) share = std::exp(share - most);
        const float sum = std::accumulate(shares.begin(), shares.end(), 0.0f);
        for (std::size_t key = 0; key < length_; ++key) {
          for (std::size_t d = 0; d < width; ++d)
            out[row * all + first + d] += shares[key] / sum * values[key * shared + first_shared + d];
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
