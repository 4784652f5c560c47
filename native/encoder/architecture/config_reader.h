// Values of a model's config.json, each within bounds: it comes from strangers.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>

#include "common/json.h"
#include "encoder/architecture/transformer_spec.h"

namespace densenode {

// Errors name the file, the key and what arrived: MODEL_INVALID for missing or impossible values,
// MODEL_UNSUPPORTED for what densenode does not build. A key whose value is null is a missing key.
class ConfigReader {
 public:
  // Both must outlive the reader. Throws MODEL_INVALID unless `config` is an object.
  ConfigReader(const Json& config, const std::filesystem::path& path);

  bool Has(const char* key) const { return !Value(key).is_null(); }
  // Whether null stands there, which says "none".
  bool IsNull(const char* key) const { return config_.contains(key) && Value(key).is_null(); }
  // Null where there is none.
  const Json& Value(const char* key) const;
  // A whole number from `least` to `most`.
  std::size_t Size(const char* key, std::size_t least, std::size_t most) const;
  std::size_t SizeOr(const char* key, std::size_t least, std::size_t most, std::size_t otherwise) const {
    return Has(key) ? Size(key, least, most) : otherwise;
  }
  // A number from `least` to `most`.
  double NumberOr(const char* key, double least, double most, double otherwise) const;
  bool FlagOr(const char* key, bool otherwise) const;
  std::string TextOr(const char* key, const std::string& otherwise) const;

  // Sizes that most families have, with bounds that keep their products far below 2^64.
  std::size_t VocabularySize() const { return Size("vocab_size", 1, 1 << 24); }
  std::size_t Width(const char* key = "hidden_size") const { return Size(key, 1, 1 << 16); }
  std::size_t HeadCount(const char* key = "num_attention_heads") const { return Size(key, 1, 1 << 10); }
  std::size_t LayerCount(const char* key = "num_hidden_layers") const { return Size(key, 1, 1 << 10); }
  std::size_t InnerSize(const char* key = "intermediate_size") const { return Size(key, 1, 1 << 20); }
  std::size_t PositionCount(const char* key = "max_position_embeddings") const {
    return Size(key, 1, 1 << 24);
  }
  std::size_t TypeCount() const { return Size("type_vocab_size", 1, 1 << 10); }
  std::size_t PaddingId(std::size_t otherwise) const;
  float Epsilon(const char* key = "layer_norm_eps", double otherwise = 1e-12) const;
  Activation ActivationAt(const char* key = "hidden_act", const char* otherwise = "gelu") const;

  // width / heads; MODEL_INVALID unless it is a whole number.
  std::size_t HeadSize(std::size_t width, std::size_t heads) const;

  // MODEL_UNSUPPORTED for any value of `key` but `supported`; a missing one is taken for it.
  void Require(const char* key, const Json& supported) const;

  const std::filesystem::path& path() const { return path_; }

 private:
  const Json& config_;
  const std::filesystem::path& path_;
};

}  // namespace densenode
