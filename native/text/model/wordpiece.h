// WordPiece: each word is cut greedily into the longest known pieces; pieces after the first are looked up
// with the prefix ("##"). A word that cannot be cut completely, or is too long, becomes the unknown token.
#pragma once

#include "text/model.h"

namespace densenode {

class WordPiece : public Model {
 public:
  explicit WordPiece(const JsonField& field);
  std::optional<std::int32_t> unknown_id() const override { return unknown_.id; }

 protected:
  void TokenizeWord(std::string_view word, std::vector<std::int32_t>* ids) const override;

 private:
  bool AppendPieces(std::string_view word, std::vector<std::int32_t>* ids) const;

  UnknownToken unknown_;
  Trie::State continuation_;  // where the prefix leads in the trie
  std::size_t max_characters_;
};

}  // namespace densenode
