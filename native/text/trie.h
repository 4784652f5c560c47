// A set of byte strings with an id each, as a double-array trie: one step is one memory access and one
// compare. Children of a state lie at base XOR byte, so all of them share one block of 256 units.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

namespace densenode {

class Trie {
 public:
  using State = std::uint32_t;
  static constexpr State kRoot = 0;
  static constexpr State kNoState = 0xFFFFFFFF;

  struct Match {
    std::size_t length = 0;  // 0: no match
    std::int32_t id = -1;
  };

  // Keys must be sorted by bytes and unique; ids must be >= 0.
  explicit Trie(const std::vector<std::pair<std::string_view, std::int32_t>>& entries);

  State Step(State state, unsigned char byte) const {
    const State next = units_[state].base ^ byte;
    return units_[next].check == state ? next : kNoState;
  }

  // The id of the entry that leads to `state`, or -1.
  std::int32_t Id(State state) const { return units_[state].id; }

  // Where `key` leads from a state, or the root; kNoState where no entry goes on so.
  State Walk(std::string_view key) const { return Walk(kRoot, key); }
  State Walk(State state, std::string_view key) const {
    for (std::size_t i = 0; i < key.size() && state != kNoState; ++i) state = Step(state, key[i]);
    return state;
  }

  // The id of exactly `key`, or -1.
  std::int32_t Find(std::string_view key) const {
    const State state = Walk(key);
    return state == kNoState ? -1 : units_[state].id;
  }

  // The longest non-empty prefix of `text` that, after what led to `state`, is an entry.
  Match LongestMatch(State state, std::string_view text) const {
    Match match;
    for (std::size_t i = 0; i < text.size(); ++i) {
      state = Step(state, text[i]);
      if (state == kNoState) break;
      if (units_[state].id >= 0) match = {i + 1, units_[state].id};
    }
    return match;
  }

 private:
  struct Unit {
    std::uint32_t base = 0;
    State check = kNoState;  // the parent; kNoState marks a free unit
    std::int32_t id = -1;
  };
  class Builder;
  std::vector<Unit> units_;
};

}  // namespace densenode
