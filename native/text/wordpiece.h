// WordPiece: each word is cut greedily into the longest known pieces; pieces after the first are looked up
// with the prefix ("##"). A word that cannot be cut completely, or is too long, becomes the unknown token.
#pragma once

#include <string>

#include "text/model.h"
#include "text/vocabulary.h"

namespace densenode {

class WordPiece : public Model {
 public:
  explicit WordPiece(const JsonField& field);

  void Tokenize(std::span<const std::string_view> words, std::vector<std::int32_t>* ids) const override;
  std::size_t vocab_size() const override { return vocabulary_.size(); }
  std::optional<std::int32_t> TokenToId(std::string_view token) const override {
    return vocabulary_.TokenToId(token);
  }
  std::optional<std::string_view> IdToToken(std::int32_t id) const override {
    return vocabulary_.IdToToken(id);
  }

 private:
  void TokenizeWord(std::string_view word, std::vector<std::int32_t>* ids) const;
  bool AppendPieces(std::string_view word, std::vector<std::int32_t>* ids) const;

  Vocabulary vocabulary_;
  std::string unknown_token_;
  std::optional<std::int32_t> unknown_id_;
  Trie::State continuation_;  // where the prefix leads in the trie
  std::size_t max_characters_;
  std::uint32_t cache_key_;  // tells this model from others in the word caches
};

}  // namespace densenode
