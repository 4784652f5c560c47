// Character properties and normalization forms exactly as the official `tokenizers` library has them. That
// library mixes several Unicode versions, so a general Unicode library would differ; the tables are asked of
// it (scripts/unicode/generate_tables.py).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace densenode::unicode {

enum Property : std::uint16_t {
  kWhitespace = 1 << 0,
  kPunctuation = 1 << 1,  // category P*, or ASCII punctuation (which includes symbols such as $ and ^)
  kControl = 1 << 2,      // what BERT's clean_text removes: C* but tab and line ends, U+0000, U+FFFD
  kNonspacingMark = 1 << 3,
  kNumeric = 1 << 4,
  kWord = 1 << 5,           // \w of a regular expression
  kCombiningMark = 1 << 6,  // category M*
  kHasCanonical = 1 << 7,   // NFD changes it (Hangul syllables, decomposed by formula, are not marked)
  kHasCompatibility = 1 << 8,
  kHasLowercase = 1 << 9,
  kCjk = 1 << 10,          // what BERT's handle_chinese_chars surrounds with spaces
  kRegexLetter = 1 << 11,  // \p{L}, \p{N} and \s of the regular expressions in tokenizer.json
  kRegexNumber = 1 << 12,
  kRegexSpace = 1 << 13,
};

std::uint16_t Properties(char32_t c);
inline bool Has(char32_t c, Property property) { return Properties(c) & property; }

// The script that a character is written in, for UnicodeScripts: equal numbers, equal scripts.
constexpr std::uint8_t kAnyScript = 0;
std::uint8_t Script(char32_t c);

std::uint8_t CombiningClass(char32_t c);
bool IsHangulSyllable(char32_t c);

// Lowercase of one character without context (no final sigma); U+0130 becomes two.
void AppendLowercase(char32_t c, std::u32string* out);

enum class Form { kNfd, kNfkd, kNfc, kNfkc };

std::u32string Normalize(std::u32string_view text, Form form);

// As Normalize to NFD, into a buffer that the caller keeps.
void DecomposeCanonically(std::u32string_view text, std::u32string* out);

}  // namespace densenode::unicode
