// What a model folder says: its weights, how to pool, its limits and prompts. Layouts of
// sentence-transformers and plain transformers; followed to the letter, and what cannot be followed is
// refused.
#pragma once

#include <cstddef>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "common/json.h"
#include "encoder/architecture/transformer_spec.h"
#include "encoder/folder/modules_file.h"
#include "encoder/late_interaction.h"
#include "encoder/model_purpose.h"
#include "encoder/modules/pooling.h"

namespace densenode {

// How logits of the vocabulary become weights (sentence-transformers' SpladePooling): log(1 + max(0, x)),
// that once more where `twice`, and the largest or the sum over the tokens of a text. Formal, Lassance,
// Piwowarski and Clinchant, "SPLADE v2", 2021 (arXiv:2109.10086).
struct SpladePooling {
  bool sum = false;
  bool twice = false;
};

struct ModelDescription {
  ModelPurpose purpose = ModelPurpose::kEmbeddings;
  // Exactly one of them is set: a transformer's (or the index of its files), an exported one, or vectors of
  // tokens (StaticEmbedding).
  std::filesystem::path safetensors;
  std::filesystem::path onnx;
  std::filesystem::path static_embedding;
  std::optional<TransformerSpec> transformer;  // what `safetensors` holds

  std::filesystem::path tokenizer;    // the folder with tokenizer.json
  std::filesystem::path config_path;  // config.json; empty for an .onnx file without one
  Json config;
  std::string name;  // "bge-small-en-v1.5": what the folder is called

  Pooling pooling;
  ModuleFolders modules;
  bool normalize = false;                         // at the end
  std::optional<std::size_t> truncate_dimension;  // values kept of an embedding, where the folder says it
  std::string similarity = "cosine";              // or "dot", "euclidean", "manhattan"
  std::string score_activation;                   // of kScores: a class, "torch.nn.Sigmoid"; may be empty
  SpladePooling splade;                           // of kSparse
  LateInteraction late_interaction;               // of kTokens

  bool special_tokens = true;                 // added to texts
  bool leaves_unknown_out = false;            // tokens that stand for what the vocabulary does not have
  std::size_t max_tokens = 512;               // special tokens included; 0: what tokenizer.json says
  std::optional<std::size_t> position_limit;  // most tokens that the position embeddings allow

  std::map<std::string, std::string> prompts;
  std::optional<std::string> default_prompt;  // a name in prompts
};

// The routes of a model whose modules differ by task; most have one, for all texts.
struct RoutedDescription {
  std::vector<ModelDescription> routes;
  std::map<std::string, std::size_t> tasks;  // routes by task; empty where tasks make no difference
  std::optional<std::size_t> without_task;   // the route of texts that come without one
};

// `path`: a folder or an .onnx file (its folder, or the one above, holds tokenizer.json and config files). A
// folder without modules.json is a plain transformers folder: mean pooling, no normalization, as
// sentence-transformers reads it; or one of model2vec. Throws FILE_NOT_FOUND, MODEL_INVALID
// (contradictions, missing parts) or MODEL_UNSUPPORTED (names the part).
RoutedDescription DescribeRoutes(const std::filesystem::path& path,
                                 ModelPurpose purpose = ModelPurpose::kEmbeddings);

// The route of texts that come without a task, or else the first.
ModelDescription DescribeModel(const std::filesystem::path& path,
                               ModelPurpose purpose = ModelPurpose::kEmbeddings);

}  // namespace densenode
