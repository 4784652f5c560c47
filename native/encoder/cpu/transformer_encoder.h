// The weights of a transformer in bf16 and the way of a batch through them.
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

  // Leaves the last hidden states of the batch, token after token, in workspace->x. Throws ENGINE_FAILED for
  // ids, types or positions that the model does not have, ABORTED between layers.
  void Run(const ProductKernel& kernel, const TokenBatch& batch, const Cancellation* cancellation,
           Workspace* workspace) const;

  // As EncoderSession's. Narrow layers multiply rows with the weights of queries, of keys and of the first
  // map of the feed-forward network in 8 bits (byte_matrix.h). Values stay in bf16: they would cost as much
  // accuracy as queries and keys together. So does the last map, which has larger outliers among its inputs.
  // `kernel` multiplies bytes.
  std::size_t Narrow(const ProductKernel& kernel, const TokenBatch& sample);
  void SetNarrow(std::size_t layer, bool narrow);
  void Settle();

  std::size_t hidden() const { return hidden_; }
  std::size_t bytes() const;

 private:
  void Run(const ProductKernel& kernel, const TokenBatch& batch, const Cancellation* cancellation,
           Workspace* workspace, std::vector<InputRanges>* ranges) const;
  void Embed(const TokenBatch& batch, Workspace* workspace) const;
  void AddPositions(const TokenBatch& batch, float* x) const;
  void Project(const ProductKernel& kernel, Workspace* workspace) const;
  void NormalizeFirst(Workspace* workspace) const;
  std::optional<DistanceBias> MakeBias(std::size_t longest) const;

  std::size_t hidden_;
  std::size_t embedding_width_;
  std::size_t heads_;
  float word_scale_;
  AlignedBuffer<Bf16> words_;  // vocabulary x embedding_width_
  std::optional<AbsolutePositions> positions_;
  std::vector<float> position_table_;  // x embedding_width_
  std::vector<float> types_;           // x embedding_width_; empty without
  NormWeights norm_;
  std::optional<Linear> projection_;
  std::optional<RelativeBias> relative_bias_;
  std::vector<float> relative_table_;  // buckets x heads_
  std::vector<float> alibi_slopes_;
  std::vector<RotaryPositions> rotary_;  // different ones
  NormWeights first_norm_;               // of the first layer where it is normalized before
  std::vector<TransformerLayer> layers_;
  std::vector<std::size_t> layer_order_;
  std::vector<NormWeights> after_;  // follows each of layer_order_
};

}  // namespace densenode::cpu
