// How checkpoints of BERT name their tensors.
#pragma once

#include <string>
#include <utility>

#include "encoder/safetensors.h"

namespace densenode {

class BertNames {
 public:
  // The file has all names with the prefix "bert.", or none.
  explicit BertNames(const Safetensors& weights)
      : weights_(weights), prefix_(weights.Has("bert.embeddings.word_embeddings.weight") ? "bert." : "") {}

  std::string InFile(const std::string& name) const { return prefix_ + name; }

  // Gain and bias of a layer norm; old checkpoints call them gamma and beta.
  std::pair<std::string, std::string> Norm(const std::string& name) const {
    const bool old = weights_.Has(InFile(name + ".gamma"));
    return {name + (old ? ".gamma" : ".weight"), name + (old ? ".beta" : ".bias")};
  }

 private:
  const Safetensors& weights_;
  const std::string prefix_;
};

}  // namespace densenode
