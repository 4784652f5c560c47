// Values of a model's config.json, each within bounds: it comes from strangers.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>

#include "common/json.h"
#include "encoder/architecture/transformer_spec.h"

namespace densenode {

// Errors name the file, the key and what arrived: MODEL_INVALID for missing or impossible values,
// MODEL_UNSUPPORTED for what densenode does not build.
class ConfigReader {
 public:
  // Both must outlive the reader. Throws MODEL_INVALID unless `config` is an object.
  ConfigReader(const Json& config, const std::filesystem::path& path);

  bool Has(const char* key) const;  // and it is not null
  // A whole number from 1 to `most`.
  std::size_t Size(const char* key, std::size_t most) const;
  std::size_t SizeOr(const char* key, std::size_t most, std::size_t otherwise) const;
  // A whole number from 0 to `most`.
  std::size_t CountOr(const char* key, std::size_t most, std::size_t otherwise) const;
  // From `least` to `most`.
  float NumberOr(const char* key, double least, double most, double otherwise) const;
  bool FlagOr(const char* key, bool otherwise) const;
  std::string TextOr(const char* key, const std::string& otherwise) const;
  // The value as JSON; null where there is none.
  const Json& Value(const char* key) const;

  // The sizes that most families have, bounded so that products of any three fit into 64 bits.
  std::size_t VocabularySize() const;                // "vocab_size"
  std::size_t WidthOf(const char* key) const;        // "hidden_size", "embedding_size"
  std::size_t HeadCount(const char* key) const;      // "num_attention_heads"
  std::size_t LayerCount(const char* key) const;     // "num_hidden_layers"
  std::size_t InnerSize(const char* key) const;      // "intermediate_size"
  std::size_t PositionCount(const char* key) const;  // "max_position_embeddings"

  Activation ActivationAt(const char* key, const std::string& otherwise) const;
  float EpsilonOr(const char* key, double otherwise) const;  // from 0 to 1
  // width / heads; MODEL_INVALID unless it is a whole number.
  std::size_t HeadSize(std::size_t width, std::size_t heads) const;

  // Refuses any value of `key` but `supported`; a missing one is taken for it.
  void Require(const char* key, const Json& supported, const char* why = "") const;

  const std::filesystem::path& path() const { return path_; }

 private:
  const Json& config_;
  const std::filesystem::path& path_;
};

}  // namespace densenode
