// BERT (Devlin et al. 2019, arXiv:1810.04805) from a config.json and a .safetensors file, as an ONNX graph in
// memory.
#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <string>

#include "common/json.h"
#include "encoder/padded_session.h"
#include "encoder/safetensors.h"

namespace densenode {

struct BertConfig {
  std::size_t vocab_size;
  std::size_t hidden_size;
  std::size_t num_hidden_layers;
  std::size_t num_attention_heads;
  std::size_t intermediate_size;
  std::size_t max_position_embeddings;
  std::size_t type_vocab_size;
  float layer_norm_eps;
  std::string hidden_act;

  // Throws MODEL_INVALID for missing, impossible or contradicting values, MODEL_UNSUPPORTED for variants of
  // BERT that are not built here (other position embeddings, decoders, other activations). `path` is named in
  // errors.
  static BertConfig Parse(const Json& config, const std::filesystem::path& path);
};

// Opens a session on the graph. Weights stay in the file's mapping (F32) and are named as in `transformers`,
// with or without the prefix "bert."; each must have the shape that `config` implies, else MODEL_INVALID.
std::unique_ptr<PaddedSession> OpenBertSession(const BertConfig& config, const Safetensors& weights);

}  // namespace densenode
