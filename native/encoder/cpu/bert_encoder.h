// The weights of BERT in bf16 and the way of a batch through them.
#pragma once

#include <cstddef>
#include <vector>

#include "common/cancellation.h"
#include "encoder/bert_graph.h"
#include "encoder/cpu/transformer_layer.h"
#include "encoder/safetensors.h"
#include "encoder/token_batch.h"

namespace densenode::cpu {

class BertEncoder {
 public:
  // Names and shapes of the weights are checked as in OpenBertSession; the file is not needed afterwards.
  BertEncoder(const BertConfig& config, const Safetensors& weights);

  // Leaves the last hidden states of the batch, token after token, in workspace->x. Throws ENGINE_FAILED for
  // ids, types or positions that the model does not have, ABORTED between layers.
  void Run(const ProductKernel& kernel, const TokenBatch& batch, const Cancellation* cancellation,
           Workspace* workspace) const;

  std::size_t hidden() const { return hidden_; }
  std::size_t bytes() const;

 private:
  void Embed(const TokenBatch& batch, Workspace* workspace) const;

  std::size_t hidden_;
  AlignedBuffer<Bf16> words_;     // vocabulary x hidden
  std::vector<float> positions_;  // x hidden
  std::vector<float> types_;      // x hidden
  NormWeights norm_;
  std::vector<TransformerLayer> layers_;
};

}  // namespace densenode::cpu
