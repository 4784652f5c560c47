#include "text/vocabulary.h"

#include <algorithm>

namespace densenode {

Vocabulary::Vocabulary(const JsonField& field) : Vocabulary(Read(field)) {}

// A JSON object keeps its members in byte order, as the trie wants them.
Vocabulary::Entries Vocabulary::Read(const JsonField& field) {
  if (!field.value().is_object()) field.Invalid("an object of token: id");
  Entries entries;
  entries.reserve(field.value().size());
  for (const auto& [token, id] : field.value().items()) {
    if (!id.is_number_unsigned())
      JsonField(id, field.where() + "[\"" + token.substr(0, 60) + "\"]").TokenId();
    const auto value = id.get<std::uint64_t>();
    if (value > 0x7FFFFFFF) JsonField(id, field.where() + "[\"" + token.substr(0, 60) + "\"]").TokenId();
    entries.emplace_back(token, static_cast<std::int32_t>(value));
  }
  return entries;
}

Vocabulary::Vocabulary(Entries entries) : trie_(entries) {
  std::size_t bytes = 0;
  for (const auto& entry : entries) bytes += entry.first.size();
  slab_.reserve(bytes);
  by_id_.reserve(entries.size());
  for (const auto& [token, id] : entries) {
    slab_.append(token);
    by_id_.emplace_back(id, std::string_view(slab_).substr(slab_.size() - token.size()));
  }
  std::stable_sort(by_id_.begin(), by_id_.end(),
                   [](const auto& a, const auto& b) { return a.first < b.first; });
}

std::optional<std::int32_t> Vocabulary::TokenToId(std::string_view token) const {
  const std::int32_t id = trie_.Find(token);
  return id < 0 ? std::nullopt : std::optional(id);
}

std::optional<std::string_view> Vocabulary::IdToToken(std::int32_t id) const {
  const auto found = std::lower_bound(by_id_.begin(), by_id_.end(), id,
                                      [](const auto& entry, std::int32_t key) { return entry.first < key; });
  if (found == by_id_.end() || found->first != id) return std::nullopt;
  return found->second;
}

}  // namespace densenode
