// What is done to the logits of a cross-encoder before they are its scores.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "encoder/model_folder.h"
#include "encoder/modules/activation.h"

namespace densenode {

class ScoreActivation {
 public:
  // "identity", "sigmoid" or "softmax" (over the labels of a pair). Throws INVALID_ARGUMENT.
  static ScoreActivation Named(std::string_view name);
  // What the folder says (config_sentence_transformers.json or config.json, in one of three forms), else as
  // sentence-transformers' CrossEncoder: sigmoid for one label, identity for several.
  static ScoreActivation Of(const ModelDescription& description, std::size_t labels);

  // "identity", "sigmoid", "softmax", or the class of torch.nn: "Tanh".
  const std::string& name() const { return name_; }
  // `logits`: rows x labels, row major; in place.
  void Apply(float* logits, std::size_t rows, std::size_t labels) const;

 private:
  ScoreActivation(std::string name, ActivationFunction function)
      : name_(std::move(name)), function_(function) {}

  std::string name_;
  ActivationFunction function_;  // null for identity and softmax
};

}  // namespace densenode
