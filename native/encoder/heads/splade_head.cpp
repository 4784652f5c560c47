#include "encoder/heads/splade_head.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <string_view>

#include "encoder/folder/config_file.h"
#include "encoder/heads/head_weights.h"

namespace densenode {
namespace {

// Tokens whose logits are in memory at once: those of a vocabulary of 30,000 words fit in the second-level
// cache.
constexpr std::size_t kRowsAtOnce = 16;
constexpr std::size_t kMostTokens = std::size_t{1} << 22;  // of a vocabulary

// How a class names the parts of its head: logits = words * norm(activation(dense(x))) + bias.
struct Form {
  std::string_view class_name;
  const char* dense;
  const char* activation;  // key of config.json
  const char* norm;
  const char* epsilon;  // key of config.json
  const char* output;   // <output>.weight; where it is not stored, that of `words`
  const char* words;
  const char* bias;  // <output>.bias where there is none of this name
};

constexpr Form kForms[] = {
    {"BertForMaskedLM", "cls.predictions.transform.dense", "hidden_act",
     "cls.predictions.transform.LayerNorm", "layer_norm_eps", "cls.predictions.decoder",
     "bert.embeddings.word_embeddings.weight", "cls.predictions.bias"},
    {"DistilBertForMaskedLM", "vocab_transform", "activation", "vocab_layer_norm", "layer_norm_eps",
     "vocab_projector", "distilbert.embeddings.word_embeddings.weight", "vocab_projector.bias"},
    {"GteForMaskedLM", "lm_head.dense", "", "lm_head.norm", "layer_norm_eps", "lm_head.decoder",
     "gte.embeddings.word_embeddings.weight", "lm_head.decoder.bias"},
    {"ModernBertForMaskedLM", "head.dense", "classifier_activation", "head.norm", "norm_eps", "decoder",
     "model.embeddings.tok_embeddings.weight", "decoder.bias"},
    {"NewForMaskedLM", "lm_head.dense", "", "lm_head.norm", "layer_norm_eps", "lm_head.decoder",
     "new.embeddings.word_embeddings.weight", "lm_head.decoder.bias"},
    {"RobertaForMaskedLM", "lm_head.dense", "", "lm_head.layer_norm", "layer_norm_eps", "lm_head.decoder",
     "roberta.embeddings.word_embeddings.weight", "lm_head.bias"},
    {"XLMRobertaForMaskedLM", "lm_head.dense", "", "lm_head.layer_norm", "layer_norm_eps", "lm_head.decoder",
     "roberta.embeddings.word_embeddings.weight", "lm_head.bias"},
};

float Transformed(float logit, bool twice) {
  const float weight = std::log1p(std::max(logit, 0.0F));
  return twice ? std::log1p(weight) : weight;
}

SparseText Compress(const std::vector<float>& weights, std::size_t most) {
  SparseText text;
  for (std::size_t id = 0; id < weights.size(); ++id)
    if (weights[id] > 0) text.ids.push_back(static_cast<std::int32_t>(id));
  if (most > 0 && text.ids.size() > most) {
    const auto heavier = [&](std::int32_t a, std::int32_t b) {
      return weights[a] != weights[b] ? weights[a] > weights[b] : a < b;
    };
    std::nth_element(text.ids.begin(), text.ids.begin() + static_cast<std::ptrdiff_t>(most), text.ids.end(),
                     heavier);
    text.ids.resize(most);
    std::sort(text.ids.begin(), text.ids.end());
  }
  for (const std::int32_t id : text.ids) text.weights.push_back(weights[id]);
  return text;
}

}  // namespace

SpladeHead::SpladeHead(const ModelDescription& description, const Checkpoint* checkpoint, std::size_t inputs)
    : inputs_(inputs), vocabulary_(inputs), pooling_(description.splade) {
  if (!checkpoint) return;
  const Form& form =
      FormOf(description, kForms, "has no head that densenode knows for sparse embeddings", "have");
  const HeadWeights weights(description, *checkpoint);
  const std::string activation =
      *form.activation ? StringOr(description.config, form.activation, "gelu") : "gelu";
  const std::string output = std::string(form.output) + ".weight";
  const std::string words = weights.Has(output) ? output : form.words;
  const std::string bias = weights.Has(form.bias) ? form.bias : std::string(form.output) + ".bias";
  vocabulary_ = weights.Rows(words, kMostTokens);
  modules_.push_back(weights.Linear(form.dense, inputs, inputs, weights.Activation(activation)));
  modules_.push_back(weights.Norm(form.norm, inputs, form.epsilon, 1e-12F));
  modules_.push_back(weights.Linear(words, bias, vocabulary_, inputs, nullptr));
}

SparseText SpladeHead::Apply(const float* vectors, std::size_t rows, std::size_t most) const {
  std::vector<float> weights(vocabulary_), in, out;
  for (std::size_t first = 0; first < rows; first += kRowsAtOnce) {
    const std::size_t count = std::min(kRowsAtOnce, rows - first);
    const float* logits = vectors + first * inputs_;
    for (const auto& module : modules_) {
      out.resize(count * module->outputs());
      module->Apply(logits, count, out.data());
      in.swap(out);
      logits = in.data();
    }
    for (std::size_t row = 0; row < count; ++row, logits += vocabulary_) {
      if (pooling_.sum) {
        for (std::size_t id = 0; id < vocabulary_; ++id)
          if (logits[id] > 0) weights[id] += Transformed(logits[id], pooling_.twice);
      } else {
        for (std::size_t id = 0; id < vocabulary_; ++id) weights[id] = std::max(weights[id], logits[id]);
      }
    }
  }
  // The logarithm rises with the logit, so that of the largest is the largest.
  for (float& weight : weights)
    if (!pooling_.sum && weight > 0) weight = Transformed(weight, pooling_.twice);
  return Compress(weights, most);
}

}  // namespace densenode
