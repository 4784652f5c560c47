#include "encoder/transformer_reference.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <functional>
#include <limits>
#include <numeric>
#include <span>

#include "common/error.h"
#include "common/matrix_product.h"
#include "encoder/positions.h"

namespace densenode {
namespace {

using Rows = std::vector<float>;

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
  Reference(const TransformerWeights& weights, const TokenBatch& batch)
      : weights_(weights), spec_(weights.spec()), batch_(batch), tokens_(batch.ids.size()) {
    if (const auto& relative = spec_.relative_bias) {
      distance_bias_ =
          Values(relative->table.weight, {relative->table.rows, spec_.layers.front().attention.heads});
    }
  }

  Rows Run() const {
    const bool before = spec_.norm_placement == NormPlacement::kBefore;
    Rows x = Embed();
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
    return weights_.Find(place, shape).Float32Once();
  }

  Rows Embed() const {
    const EmbeddingSpec& embeddings = spec_.embeddings;
    Rows x(tokens_ * embeddings.width, 0.0f);
    AddRows(embeddings.words, "token id", batch_.ids, &x);
    for (float& value : x) value *= embeddings.word_scale;
    if (const auto& positions = embeddings.positions)
      AddRows(positions->table, "position", PositionIds(*positions, batch_), &x);
    if (embeddings.types) AddRows(*embeddings.types, "token type", std::vector<std::int32_t>(tokens_, 0), &x);
    Normalize(embeddings.norm, &x);
    return embeddings.projection ? Linear(*embeddings.projection, x) : x;
  }

  // Calls text(first token, length) for each.
  template <typename Text>
  void ForEachText(Text text) const {
    std::size_t first = 0;
    for (const std::int32_t length : batch_.lengths) {
      text(first, static_cast<std::size_t>(length));
      first += static_cast<std::size_t>(length);
    }
  }

  void AddRows(const TableSpec& table, const char* what, std::span<const std::int32_t> rows, Rows* x) const {
    const std::size_t width = spec_.embeddings.width;
    const StoredTensor stored = weights_.Table(table, width);
    for (std::size_t i = 0; i < rows.size(); ++i) {
      if (rows[i] < 0 || static_cast<std::size_t>(rows[i]) >= table.rows)
        Fail(ErrorCode::kEngineFailed, what, " ", rows[i], " is outside of the model's ", table.rows);
      const FloatTensor row = stored.Rows(static_cast<std::size_t>(rows[i]), 1).Float32();
      for (std::size_t d = 0; d < width; ++d) (*x)[i * width + d] += row.values[d];
    }
  }

  Rows Linear(const LinearSpec& linear, const Rows& in) const {
    const std::size_t outputs = linear.outputs, inputs = linear.inputs;
    const FloatTensor weight = Values(linear.weight, {outputs, inputs});
    Rows out(tokens_ * outputs, 0.0f);
    if (linear.bias) {
      const FloatTensor bias = Values(*linear.bias, {outputs});
      for (std::size_t row = 0; row < tokens_; ++row)
        std::copy(bias.values.begin(), bias.values.end(), &out[row * outputs]);
    }
    MatrixProduct(Transpose::kNo, Transpose::kYes, tokens_, outputs, inputs, 1, in.data(),
                  weight.values.data(), 1, out.data());
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

  // Every head of every row, by the row's position in its text.
  void Turn(const std::optional<RotaryPositions>& rotary, std::size_t head_size, std::size_t heads,
            Rows* x) const {
    if (!rotary) return;
    const std::size_t pairs = rotary->frequencies.size();
    ForEachText([&](std::size_t first_row, std::size_t length) {
      for (std::size_t head = 0; head < length * heads; ++head) {
        float* const values = &(*x)[(first_row * heads + head) * head_size];
        for (std::size_t i = 0; i < pairs; ++i) {
          const float angle = static_cast<float>(head / heads) * rotary->frequencies[i];
          const float cosine = std::cos(angle), sine = std::sin(angle);
          float& first = values[i];
          float& second = values[i + pairs];
          const float before = first;
          first = before * cosine - second * sine;
          second = second * cosine + before * sine;
        }
      }
    });
  }

  // What is added to a score.
  float ScoreBias(std::size_t head, std::size_t query, std::size_t key) const {
    const auto distance = static_cast<std::int64_t>(key) - static_cast<std::int64_t>(query);
    float bias = 0;
    if (const auto& relative = spec_.relative_bias) {
      const std::size_t heads = spec_.layers.front().attention.heads;
      const std::size_t bucket = RelativeBucket(distance, relative->table.rows, relative->longest);
      bias += distance_bias_.values[bucket * heads + head];
    }
    if (!spec_.alibi_slopes.empty())
      bias -= spec_.alibi_slopes[head] * static_cast<float>(std::abs(distance));
    return bias;
  }

  static bool Sees(const AttentionSpec& attention, std::size_t query, std::size_t key) {
    if (attention.causal && key > query) return false;
    return !attention.window || std::max(query, key) - std::min(query, key) <= *attention.window;
  }

  Rows Attend(const AttentionSpec& attention, const Rows& x) const {
    const std::size_t width = attention.head_size;
    const std::size_t all = attention.heads * width, shared = attention.key_value_heads * width;
    Rows queries = Linear(attention.query, x), keys = Linear(attention.key, x);
    const Rows values = Linear(attention.value, x);
    Normalize(attention.query_norm, &queries);
    Normalize(attention.key_norm, &keys);
    Turn(attention.rotary, width, attention.heads, &queries);
    Turn(attention.rotary, width, attention.key_value_heads, &keys);
    Rows out(tokens_ * all, 0.0f);
    ForEachText([&](std::size_t first, std::size_t length) {
      AttendText(attention, length, &queries[first * all], &keys[first * shared], &values[first * shared],
                 &out[first * all]);
    });
    return out;
  }

  void AttendText(const AttentionSpec& attention, std::size_t length, const float* queries, const float* keys,
                  const float* values, float* out) const {
    const std::size_t width = attention.head_size, all = attention.heads * width;
    const std::size_t shared = attention.key_value_heads * width,
                      group = attention.heads / attention.key_value_heads;
    Rows shares(length);
    for (std::size_t head = 0; head < attention.heads; ++head) {
      const std::size_t first = head * width, first_shared = head / group * width;
      for (std::size_t row = 0; row < length; ++row) {
        const float* const query = queries + row * all + first;
        for (std::size_t key = 0; key < length; ++key) {
          shares[key] = attention.scale * std::inner_product(query, query + width,
                                                             keys + key * shared + first_shared, 0.0f) +
                        ScoreBias(head, row, key);
          if (!Sees(attention, row, key)) shares[key] = -std::numeric_limits<float>::infinity();
        }
        const float most = *std::max_element(shares.begin(), shares.end());
        for (float& share : shares) share = std::exp(share - most);
        const float sum = std::accumulate(shares.begin(), shares.end(), 0.0f);
        for (std::size_t key = 0; key < length; ++key) {
          for (std::size_t d = 0; d < width; ++d)
            out[row * all + first + d] += shares[key] / sum * values[key * shared + first_shared + d];
        }
      }
    }
  }

  const TransformerWeights& weights_;
  const TransformerSpec& spec_;
  const TokenBatch& batch_;
  const std::size_t tokens_;  // of all texts
  FloatTensor distance_bias_;
};

}  // namespace

std::vector<float> TransformerReference(const TransformerWeights& weights, const TokenBatch& batch) {
  return Reference(weights, batch).Run();
}

}  // namespace densenode
