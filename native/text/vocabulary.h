// The tokens of a model and their ids, both ways.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "text/json_field.h"
#include "text/trie.h"

namespace densenode {

class Vocabulary {
 public:
  // From a JSON object { token: id }. Ids may have holes and need not be dense.
  static Vocabulary FromObject(const JsonField& field);
  // From a JSON array of [token, score]. A token's id is its position; of equal tokens the last is found.
  static Vocabulary FromScoredList(const JsonField& field);

  std::size_t size() const { return by_id_.size(); }
  const Trie& trie() const { return trie_; }
  std::optional<std::int32_t> TokenToId(std::string_view token) const;
  std::optional<std::string_view> IdToToken(std::int32_t id) const;

 private:
  using Entries = std::vector<std::pair<std::string_view, std::int32_t>>;
  static Entries Findable(Entries entries);
  explicit Vocabulary(const Entries& entries);  // the views need to live only during the call

  std::vector<char> slab_;                                        // all tokens, one after another
  std::vector<std::pair<std::int32_t, std::string_view>> by_id_;  // sorted; the views point into slab_
  Trie trie_;
};

}  // namespace densenode
