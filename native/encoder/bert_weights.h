// The weights of BERT by the names that `transformers` gives them.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "encoder/bert_graph.h"
#include "encoder/safetensors.h"

namespace densenode {

// Reads with or without the prefix "bert."; every tensor must have the shape that the configuration implies.
class BertWeights {
 public:
  BertWeights(const BertConfig& config, const Safetensors& weights)
      : config_(config),
        weights_(weights),
        prefix_(weights.Has("bert.embeddings.word_embeddings.weight") ? "bert." : "") {}

  FloatTensor Tensor(const std::string& name, const std::vector<std::size_t>& shape) const {
    return weights_.Float32(prefix_ + name, {shape.begin(), shape.end()});
  }

  FloatTensor Words() const { return Table("word", config_.vocab_size); }
  FloatTensor Positions() const { return Table("position", config_.max_position_embeddings); }
  FloatTensor Types() const { return Table("token_type", config_.type_vocab_size); }

  // Gain and bias of a layer norm; old checkpoints call them gamma and beta.
  std::pair<FloatTensor, FloatTensor> Norm(const std::string& name) const {
    const bool old = weights_.Has(prefix_ + name + ".gamma");
    return {Tensor(name + (old ? ".gamma" : ".weight"), {config_.hidden_size}),
            Tensor(name + (old ? ".beta" : ".bias"), {config_.hidden_size})};
  }

  // Weight (outputs x inputs) and bias of a linear map.
  std::pair<FloatTensor, FloatTensor> Linear(const std::string& name, std::size_t outputs,
                                             std::size_t inputs) const {
    return {Tensor(name + ".weight", {outputs, inputs}), Tensor(name + ".bias", {outputs})};
  }

  const BertConfig& config() const { return config_; }

 private:
  FloatTensor Table(const std::string& name, std::size_t rows) const {
    return Tensor("embeddings." + name + "_embeddings.weight", {rows, config_.hidden_size});
  }

  const BertConfig& config_;
  const Safetensors& weights_;
  const std::string prefix_;
};

}  // namespace densenode
