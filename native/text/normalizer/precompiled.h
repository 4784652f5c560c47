// Precompiled: the rewriting rules inside a SentencePiece model (`precompiled_charsmap`), a double-array trie
// of strings and what each becomes.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "text/normalizer.h"

namespace densenode {

class Precompiled : public Normalizer {
 public:
  explicit Precompiled(const JsonField& field);
  bool Normalize(std::string_view text, std::string* out) const override;

 private:
  // What the shortest known start of `text` becomes.
  std::optional<std::string_view> Transform(std::string_view text) const;
  void AppendGrapheme(std::string_view grapheme, std::string* out) const;

  std::vector<std::uint32_t> trie_;  // Darts' units
  std::string results_;              // each ends at a zero byte
  std::array<bool, 128> unchanged_;  // ASCII characters that no rule begins with, alone
};

}  // namespace densenode
