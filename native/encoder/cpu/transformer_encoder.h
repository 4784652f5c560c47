// The weights of a post-norm encoder in bf16 and the way of a batch through them.
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "common/cancellation.h"
#include "encoder/architecture/transformer_spec.h"
#include "encoder/checkpoint.h"
#include "encoder/cpu/transformer_layer.h"
#include "encoder/token_batch.h"

namespace densenode::cpu {

class TransformerEncoder {
 public:
  // Names and shapes of the weights are checked as in OpenTransformerSession; the files are not needed
  // afterwards.
  TransformerEncoder(const TransformerSpec& spec, const Checkpoint& checkpoint);
  TransformerEncoder(const TransformerEncoder&) = delete;  // layers point to bias_
  TransformerEncoder& operator=(const TransformerEncoder&) = delete;

  // Leaves the last hidden states of the batch, token after token, in workspace->x. Throws ENGINE_FAILED for
  // ids, types or positions that the model does not have, ABORTED between layers.
  void Run(const ProductKernel& kernel, const TokenBatch& batch, const Cancellation* cancellation,
           Workspace* workspace) const;

  std::size_t hidden() const { return hidden_; }
  std::size_t bytes() const;

 private:
  void Embed(const TokenBatch& batch, Workspace* workspace) const;
  void Project(const ProductKernel& kernel, Workspace* workspace) const;

  std::size_t hidden_;
  std::size_t embedding_width_;
  AbsolutePositions positions_;
  AlignedBuffer<Bf16> words_;          // vocabulary x embedding_width_
  std::vector<float> position_table_;  // x embedding_width_
  std::vector<float> types_;           // x embedding_width_; empty without
  NormWeights norm_;
  std::optional<Linear> projection_;
  std::optional<DistanceBias> bias_;
  std::vector<TransformerLayer> layers_;
  std::vector<std::size_t> layer_order_;
};

}  // namespace densenode::cpu
