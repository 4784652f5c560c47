#include "encoder/bert_reference.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <numeric>

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

class Reference {
 public:
  Reference(const BertWeights& weights, std::size_t length)
      : weights_(weights), config_(weights.config()), length_(length) {}

  Rows Run(std::span<const std::int32_t> ids) const {
    const FloatTensor words = weights_.Words(), positions = weights_.Positions(), types = weights_.Types();
    const std::size_t hidden = config_.hidden_size;
    Rows x(length_ * hidden);
    for (std::size_t row = 0; row < length_; ++row) {
      const float* const word = words.values.data() + static_cast<std::size_t>(ids[row]) * hidden;
      const float* const position = positions.values.data() + row * hidden;
      for (std::size_t d = 0; d < hidden; ++d) x[row * hidden + d] = word[d] + position[d] + types.values[d];
    }
    Normalize("embeddings.LayerNorm", &x);
    for (std::size_t i = 0; i < config_.num_hidden_layers; ++i) {
      const std::string layer = "encoder.layer." + std::to_string(i) + ".";
      AddLinear(layer + "attention.output.dense", Attend(layer + "attention.self.", x), &x);
      Normalize(layer + "attention.output.LayerNorm", &x);
      Rows inner = Linear(layer + "intermediate.dense", x, config_.intermediate_size, hidden);
      Activate(&inner);
      AddLinear(layer + "output.dense", inner, &x);
      Normalize(layer + "output.LayerNorm", &x);
    }
    return x;
  }

 private:
  Rows Linear(const std::string& name, const Rows& in, std::size_t outputs, std::size_t inputs) const {
    const auto [weight, bias] = weights_.Linear(name, outputs, inputs);
    Rows out(length_ * outputs);
    for (std::size_t o = 0; o < outputs; ++o) {
      for (std::size_t row = 0; row < length_; ++row) {
        out[row * outputs + o] =
            bias.values[o] + Dot(in.data() + row * inputs, weight.values.data() + o * inputs, inputs);
      }
    }
    return out;
  }

  void AddLinear(const std::string& name, const Rows& in, Rows* x) const {
    const Rows change = Linear(name, in, config_.hidden_size, in.size() / length_);
    std::transform(change.begin(), change.end(), x->begin(), x->begin(), std::plus<float>());
  }

  void Normalize(const std::string& name, Rows* x) const {
    const auto [gain, bias] = weights_.Norm(name);
    const std::size_t hidden = config_.hidden_size;
    for (float* row = x->data(); row < x->data() + x->size(); row += hidden) {
      double mean = 0, variance = 0;
      for (std::size_t d = 0; d < hidden; ++d) mean += row[d] / static_cast<double>(hidden);
      for (std::size_t d = 0; d < hidden; ++d)
        variance += (row[d] - mean) * (row[d] - mean) / static_cast<double>(hidden);
      const double scale = 1 / std::sqrt(variance + config_.layer_norm_eps);
      for (std::size_t d = 0; d < hidden; ++d)
        row[d] = static_cast<float>((row[d] - mean) * scale) * gain.values[d] + bias.values[d];
    }
  }

  Rows Attend(const std::string& self, const Rows& x) const {
    const std::size_t hidden = config_.hidden_size, width = hidden / config_.num_attention_heads;
    const Rows queries = Linear(self + "query", x, hidden, hidden),
               keys = Linear(self + "key", x, hidden, hidden),
               values = Linear(self + "value", x, hidden, hidden);
    const float scale = 1 / std::sqrt(static_cast<float>(width));
    Rows out(length_ * hidden), shares(length_);
    for (std::size_t head = 0; head < hidden; head += width) {
      for (std::size_t row = 0; row < length_; ++row) {
        for (std::size_t key = 0; key < length_; ++key)
          shares[key] = scale * Dot(&queries[row * hidden + head], &keys[key * hidden + head], width);
        const float most = *std::max_element(shares.begin(), shares.end());
        for (float& share : shares) share = std::exp(share - most);
        const float sum = std::accumulate(shares.begin(), shares.end(), 0.0f);
        for (std::size_t key = 0; key < length_; ++key) {
          for (std::size_t d = head; d < head + width; ++d)
            out[row * hidden + d] += shares[key] / sum * values[key * hidden + d];
        }
      }
    }
    return out;
  }

  void Activate(Rows* rows) const {
    const bool exact = config_.hidden_act == "gelu", relu = config_.hidden_act == "relu";
    for (float& x : *rows) {
      if (relu) {
        x = std::max(x, 0.0f);
      } else {
        const float y =
            exact ? std::erf(x * 0.70710678f) : std::tanh(0.79788456f * (x + 0.044715f * x * x * x));
        x *= 0.5f * (1 + y);
      }
    }
  }

  const BertWeights& weights_;
  const BertConfig& config_;
  const std::size_t length_;
};

}  // namespace

std::vector<float> BertReference(const BertWeights& weights, std::span<const std::int32_t> ids) {
  return Reference(weights, ids.size()).Run(ids);
}

}  // namespace densenode
