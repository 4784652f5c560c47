// The part of a tokenizer that turns words into token ids.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "text/json_field.h"
#include "text/vocabulary.h"

namespace densenode {

class Model {
 public:
  // From the `model` of a tokenizer.json.
  static std::unique_ptr<const Model> FromJson(const JsonField& field);
  virtual ~Model() = default;

  // Appends the ids of each word (non-empty, valid UTF-8), in order.
  void Tokenize(std::span<const std::string_view> words, std::vector<std::int32_t>* ids) const;

  std::size_t vocab_size() const { return vocabulary_.size(); }
  std::optional<std::int32_t> TokenToId(std::string_view token) const { return vocabulary_.TokenToId(token); }
  std::optional<std::string_view> IdToToken(std::int32_t id) const { return vocabulary_.IdToToken(id); }
  virtual std::optional<std::int32_t> unknown_id() const = 0;  // of what is not in the vocabulary

 protected:
  explicit Model(Vocabulary vocabulary);
  const Vocabulary& vocabulary() const { return vocabulary_; }

  // Appends the ids of one word.
  virtual void TokenizeWord(std::string_view word, std::vector<std::int32_t>* ids) const = 0;

 private:
  Vocabulary vocabulary_;
  std::uint32_t cache_key_;  // tells this model from others in the word caches
};

// The token for what a model does not know.
struct UnknownToken {
  UnknownToken(const JsonField& field, const Vocabulary& vocabulary);

  // Its id; TOKENIZER_INVALID where it is not in the vocabulary.
  std::int32_t Id() const;

  std::string token;
  std::optional<std::int32_t> id;
};

}  // namespace densenode
