// The merges of a BPE model: which pairs of tokens are joined, and in which order.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "text/json_field.h"
#include "text/vocabulary.h"

namespace densenode {

class Merges {
 public:
  // From a JSON array of ["a", "b"] or "a b". The token of a pair is a and b without its first `prefix_bytes`
  // bytes.
  Merges(const JsonField& field, const Vocabulary& vocabulary, std::size_t prefix_bytes);

  // Joins tokens in place; returns how many are left, which stand first.
  std::size_t Apply(std::span<std::int32_t> tokens) const;

 private:
  struct Merge {
    std::uint64_t pair = kNoPair;
    std::uint32_t rank = 0;
    std::int32_t token = -1;
  };
  static constexpr std::uint64_t kNoPair = ~std::uint64_t{0};
  static std::uint64_t Pair(std::int32_t left, std::int32_t right) {
    return static_cast<std::uint64_t>(static_cast<std::uint32_t>(left)) << 32 |
           static_cast<std::uint32_t>(right);
  }
  std::size_t Slot(std::uint64_t pair) const { return (pair * 0x9E3779B97F4A7C15u) >> shift_; }

  static std::pair<std::string, std::string> ReadPair(const JsonField& field);
  void Add(const Merge& merge);
  const Merge* Find(std::int32_t left, std::int32_t right) const;
  std::size_t ApplyToFew(std::span<std::int32_t> tokens) const;
  std::size_t ApplyToMany(std::span<std::int32_t> tokens) const;

  std::vector<Merge> table_;  // open addressing, a power of two, at most half full
  int shift_;
  bool prefixed_;
};

}  // namespace densenode
