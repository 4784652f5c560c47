#include "text/vocabulary.h"

#include <algorithm>
#include <utility>

namespace densenode {

Vocabulary Vocabulary::FromScoredList(const JsonField& field) {
  if (!field.value().is_array()) field.Invalid("an array of [token, score]");
  Entries entries;
  entries.reserve(field.value().size());
  for (const OrderedJson& pair : field.value()) {
    if (!pair.is_array() || pair.size() != 2 || !pair[0].is_string() || !pair[1].is_number()) {
      JsonField(pair, field.where() + "[" + std::to_string(entries.size()) + "]")
          .Invalid("a pair of a token and its score");
    }
    entries.emplace_back(pair[0].get_ref<const std::string&>(), static_cast<std::int32_t>(entries.size()));
  }
  return Vocabulary(entries);
}

Vocabulary Vocabulary::FromObject(const JsonField& field) {
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
  return Vocabulary(Findable(std::move(entries)));
}

// In the order of bytes, as the trie wants them, and the last of equal ones only.
Vocabulary::Entries Vocabulary::Findable(Entries entries) {
  const auto before = [](const auto& a, const auto& b) { return a.first < b.first; };
  if (!std::is_sorted(entries.begin(), entries.end(), before))
    std::stable_sort(entries.begin(), entries.end(), before);
  std::size_t kept = 0;
  for (std::size_t i = 0; i < entries.size(); ++i) {
    if (i + 1 < entries.size() && entries[i].first == entries[i + 1].first) continue;
    entries[kept++] = entries[i];
  }
  entries.resize(kept);
  return entries;
}

Vocabulary::Vocabulary(const Entries& entries) : trie_(Findable(entries)) {
  std::size_t bytes = 0;
  for (const auto& entry : entries) bytes += entry.first.size();
  slab_.reserve(bytes);
  by_id_.reserve(entries.size());
  for (const auto& [token, id] : entries) {
    by_id_.emplace_back(id, std::string_view(slab_.data() + slab_.size(), token.size()));
    slab_.insert(slab_.end(), token.begin(), token.end());
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
