#include "text/model/merges.h"

#include <algorithm>
#include <array>
#include <bit>

namespace densenode {
namespace {

constexpr std::size_t kFew = 24;

// A list of tokens that are joined with their right neighbour.
struct Symbol {
  std::int32_t token;
  std::int32_t previous, next;  // positions; -1 at the ends
  bool removed;
};

// A pair that could be joined: the position of its left token.
struct Candidate {
  std::uint32_t rank, position;
  std::int32_t token;

  // For a heap whose top is the lowest rank, and of equal ones the leftmost.
  bool operator<(const Candidate& other) const {
    return rank != other.rank ? rank > other.rank : position > other.position;
  }
};

struct Scratch {
  std::vector<Symbol> symbols;
  std::vector<Candidate> heap;
};
thread_local Scratch scratch;

}  // namespace

Merges::Merges(const JsonField& field, const Vocabulary& vocabulary, std::size_t prefix_bytes)
    : prefixed_(prefix_bytes > 0) {
  if (!field.value().is_array()) field.Invalid("an array of merges");
  const std::size_t slots = std::bit_ceil(field.value().size() * 2 + 2);
  table_.resize(slots);
  shift_ = 64 - std::countr_zero(slots);
  std::uint32_t rank = 0;
  for (const OrderedJson& entry : field.value()) {
    const JsonField element(entry, field.where() + "[" + std::to_string(rank) + "]");
    if (element.value().is_string() && element.String().starts_with("#version")) continue;
    const auto [left, right] = ReadPair(element);
    const auto id = [&](const std::string& token) {
      const auto found = vocabulary.TokenToId(token);
      if (!found) element.Invalid("a merge of tokens in model.vocab, whose result is there too");
      return *found;
    };
    if (right.size() < prefix_bytes)
      element.Invalid("a merge whose second token has the continuing_subword_prefix");
    Add({Pair(id(left), id(right)), rank++, id(left + right.substr(prefix_bytes))});
  }
}

std::pair<std::string, std::string> Merges::ReadPair(const JsonField& field) {
  if (field.value().is_string()) {
    const std::string& text = field.String();
    const std::size_t space = text.find(' ');
    if (space == text.npos || text.find(' ', space + 1) != text.npos)
      field.Invalid("two tokens with a space between");
    return {text.substr(0, space), text.substr(space + 1)};
  }
  const auto elements = field.Elements();
  if (elements.size() != 2) field.Invalid("a pair of tokens");
  return {elements[0].String(), elements[1].String()};
}

void Merges::Add(const Merge& merge) {
  std::size_t slot = Slot(merge.pair);
  while (table_[slot].pair != kNoPair && table_[slot].pair != merge.pair)
    slot = (slot + 1) & (table_.size() - 1);
  table_[slot] = merge;  // of equal pairs the last counts
}

const Merges::Merge* Merges::Find(std::int32_t left, std::int32_t right) const {
  const std::uint64_t pair = Pair(left, right);
  for (std::size_t slot = Slot(pair);; slot = (slot + 1) & (table_.size() - 1)) {
    if (table_[slot].pair == pair) return &table_[slot];
    if (table_[slot].pair == kNoPair) return nullptr;
  }
}

// With a prefix the official library's queue may join a pair at the rank of an older one that makes the same
// token.
std::size_t Merges::Apply(std::span<std::int32_t> tokens) const {
  return tokens.size() <= kFew && !prefixed_ ? ApplyToFew(tokens) : ApplyToMany(tokens);
}

// Short words: the best pair is looked for anew each time.
std::size_t Merges::ApplyToFew(std::span<std::int32_t> tokens) const {
  std::size_t count = tokens.size();
  std::array<const Merge*, kFew> merges;  // of each token with its right neighbour, or null
  for (std::size_t i = 0; i + 1 < count; ++i) merges[i] = Find(tokens[i], tokens[i + 1]);
  for (;;) {
    std::size_t best = kFew;
    for (std::size_t i = 0; i + 1 < count; ++i) {
      if (merges[i] && (best == kFew || merges[i]->rank < merges[best]->rank)) best = i;
    }
    if (best == kFew) return count;
    tokens[best] = merges[best]->token;
    std::copy(tokens.begin() + best + 2, tokens.begin() + count, tokens.begin() + best + 1);
    std::copy(merges.begin() + best + 2, merges.begin() + count, merges.begin() + best + 1);
    --count;
    if (best > 0) merges[best - 1] = Find(tokens[best - 1], tokens[best]);
    if (best + 1 < count) merges[best] = Find(tokens[best], tokens[best + 1]);
  }
}

std::size_t Merges::ApplyToMany(std::span<std::int32_t> tokens) const {
  auto& [symbols, heap] = scratch;
  symbols.clear();
  heap.clear();
  const auto count = static_cast<std::int32_t>(tokens.size());
  for (std::int32_t i = 0; i < count; ++i)
    symbols.push_back({tokens[i], i - 1, i + 1 < count ? i + 1 : -1, false});
  const auto offer = [&](std::int32_t position) {
    const Symbol& left = symbols[position];
    const Merge* merge = Find(left.token, symbols[left.next].token);
    if (!merge) return;
    heap.push_back({merge->rank, static_cast<std::uint32_t>(position), merge->token});
    std::push_heap(heap.begin(), heap.end());
  };
  for (std::int32_t i = 0; i + 1 < count; ++i) offer(i);
  while (!heap.empty()) {
    const Candidate best = heap.front();
    std::pop_heap(heap.begin(), heap.end());
    heap.pop_back();
    Symbol& left = symbols[best.position];
    if (left.removed || left.next < 0) continue;
    Symbol& right = symbols[left.next];
    const Merge* merge = Find(left.token, right.token);
    if (!merge || merge->token != best.token) continue;  // one of the two was joined with another since
    left.token = best.token;
    left.next = right.next;
    right.removed = true;
    const auto position = static_cast<std::int32_t>(best.position);
    if (left.next >= 0) symbols[left.next].previous = position;
    if (left.previous >= 0) offer(left.previous);
    if (left.next >= 0) offer(position);
  }
  std::size_t kept = 0;
  for (const Symbol& symbol : symbols) {
    if (!symbol.removed) tokens[kept++] = symbol.token;
  }
  constexpr std::size_t kKeep = 1 << 16;
  if (symbols.capacity() > kKeep) scratch = {};
  return kept;
}

}  // namespace densenode
