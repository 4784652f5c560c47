#include "lexical/term_table.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <algorithm>
#include <bit>
#include <limits>

#include "common/error.h"

namespace densenode {
namespace {

std::size_t SlotsFor(std::size_t terms) {
  return std::bit_ceil(std::max<std::size_t>(16, terms + terms / 3 + 1));
}

}  // namespace

std::size_t TermTable::memory_bytes() const {
  return bytes_.capacity() + (ends_.capacity() + slots_.capacity()) * sizeof(std::uint32_t);
}

// Of the term, or the free one where it belongs.
std::size_t TermTable::SlotOf(std::string_view term) const {
  const std::size_t mask = slots_.size() - 1;
  std::size_t slot = XXH3_64bits(term.data(), term.size()) & mask;
  while (slots_[slot] != kNone && (*this)[slots_[slot]] != term) slot = (slot + 1) & mask;
  return slot;
}

std::uint32_t TermTable::Find(std::string_view term) const {
  return slots_.empty() ? kNone : slots_[SlotOf(term)];
}

std::uint32_t TermTable::FindOrAdd(std::string_view term) {
  if (SlotsFor(size() + 1) > slots_.size()) Grow(SlotsFor(size() + 1));
  const std::size_t slot = SlotOf(term);
  if (slots_[slot] != kNone) return slots_[slot];
  if (bytes_.size() + term.size() > std::numeric_limits<std::uint32_t>::max() || size() >= kNone - 1) {
    Fail(ErrorCode::kInvalidArgument,
         "texts: too many different words in one call. Add them in several calls");
  }
  bytes_.append(term);
  ends_.push_back(static_cast<std::uint32_t>(bytes_.size()));
  return slots_[slot] = static_cast<std::uint32_t>(size() - 1);
}

void TermTable::Grow(std::size_t slots) {
  slots_.assign(slots, kNone);
  const std::size_t mask = slots - 1;
  for (std::uint32_t term = 0; term < size(); ++term) {
    const std::string_view text = (*this)[term];
    std::size_t slot = XXH3_64bits(text.data(), text.size()) & mask;
    while (slots_[slot] != kNone) slot = (slot + 1) & mask;
    slots_[slot] = term;
  }
}

void TermTable::Reserve(std::size_t terms, std::size_t bytes) {
  bytes_.reserve(bytes);
  ends_.reserve(terms);
  if (SlotsFor(terms) > slots_.size()) Grow(SlotsFor(terms));
}

void TermTable::ShrinkToFit() {
  bytes_.shrink_to_fit();
  ends_.shrink_to_fit();
}

}  // namespace densenode
