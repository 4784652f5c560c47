// The weights of BERT by the names that `transformers` gives them.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "encoder/bert_graph.h"
#include "encoder/bert_names.h"
#include "encoder/safetensors.h"

namespace densenode {

// Every tensor must have the shape that the configuration implies.
class BertWeights {
 public:
  BertWeights(const BertConfig& config, const Safetensors& weights)
      : config_(config), weights_(weights), names_(weights) {}

  FloatTensor Tensor(const std::string& name, const std::vector<std::size_t>& shape) const {
    return weights_.Float32(names_.InFile(name), {shape.begin(), shape.end()});
  }

  FloatTensor Words() const { return Table("word", config_.vocab_size); }
  FloatTensor Positions() const { return Table("position", config_.max_position_embeddings); }
  FloatTensor Types() const { return Table("token_type", config_.type_vocab_size); }

  // Gain and bias of a layer norm.
  std::pair<FloatTensor, FloatTensor> Norm(const std::string& name) const {
    const auto [gain, bias] = names_.Norm(name);
    return {Tensor(gain, {config_.hidden_size}), Tensor(bias, {config_.hidden_size})};
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
  const BertNames names_;
};

}  // namespace densenode
