#include "text/normalizer/precompiled.h"

#include <cstring>

#include "text/base64.h"
#include "text/graphemes.h"
#include "text/utf8.h"

namespace densenode {

Precompiled::Precompiled(const JsonField& field) {
  const JsonField map = field.At("precompiled_charsmap");
  const auto bytes = DecodeBase64(map.String());
  std::uint32_t trie_bytes = 0;
  if (bytes && bytes->size() >= sizeof(trie_bytes))
    std::memcpy(&trie_bytes, bytes->data(), sizeof(trie_bytes));
  if (!bytes || trie_bytes < 4 || trie_bytes > bytes->size() - sizeof(trie_bytes)) {
    map.Invalid("base64 of a SentencePiece character map");
  }
  trie_.resize(trie_bytes / 4);
  std::memcpy(trie_.data(), bytes->data() + sizeof(trie_bytes), trie_.size() * 4);
  results_ = bytes->substr(sizeof(trie_bytes) + trie_.size() * 4);
  if (!IsValidUtf8(results_)) map.Invalid("a character map whose results are UTF-8");
  for (int c = 0; c < 128; ++c) {
    const char text = static_cast<char>(c);
    unchanged_[c] = c >= 0x20 && c != 0x7F && !Transform({&text, 1});
  }
}

std::optional<std::string_view> Precompiled::Transform(std::string_view text) const {
  // The layout of a unit: https://github.com/s-yata/darts-clone, DoubleArrayUnit.
  const auto offset = [](std::uint32_t unit) { return (unit >> 10) << ((unit & 0x200) >> 6); };
  std::size_t at = offset(trie_[0]);
  for (char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    at ^= byte;
    if (byte == 0 || at >= trie_.size()) return std::nullopt;
    const std::uint32_t unit = trie_[at];
    if ((unit & 0x800000FF) != byte) return std::nullopt;
    at ^= offset(unit);
    if (!(unit & 0x100)) continue;
    const std::size_t begin = at < trie_.size() ? trie_[at] & 0x7FFFFFFF : results_.size() + 1;
    // A broken map may point anywhere.
    if (begin > results_.size() || (begin < results_.size() && IsContinuation(results_[begin])))
      return std::nullopt;
    return std::string_view(results_.data() + begin);
  }
  return std::nullopt;
}

// The rules of the official library, taken over as they are: a short grapheme becomes what its shortest known
// start becomes (the rest of it is dropped), a long one is rewritten character by character.
void Precompiled::AppendGrapheme(std::string_view grapheme, std::string* out) const {
  if (grapheme.size() < 6) {
    if (const auto result = Transform(grapheme)) {
      out->append(*result);
      return;
    }
  }
  const char* const end = grapheme.data() + grapheme.size();
  for (const char* p = grapheme.data(); p < end;) {
    const char* const here = p;
    DecodeUtf8(&p);
    const std::string_view character(here, p);
    out->append(Transform(character).value_or(character));
  }
}

bool Precompiled::Normalize(std::string_view text, std::string* out) const {
  out->clear();
  const auto is_unchanged = [this](char c) {
    return IsAscii(c) && unchanged_[static_cast<unsigned char>(c)];
  };
  while (!text.empty()) {
    std::size_t plain = 0;
    while (plain < text.size() && is_unchanged(text[plain])) ++plain;
    if (plain > 0 && plain < text.size()) --plain;  // the last may be one grapheme with what follows
    if (plain > 0) {
      out->append(text.substr(0, plain));
    } else {
      plain = GraphemeLength(text);
      AppendGrapheme(text.substr(0, plain), out);
    }
    text.remove_prefix(plain);
  }
  return true;  // the official library's offsets say so even where it removes the first characters
}

}  // namespace densenode
