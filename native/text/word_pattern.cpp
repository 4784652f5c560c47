#include "text/word_pattern.h"

#include <array>
#include <cstdint>

#include "text/unicode.h"
#include "text/utf8.h"

namespace densenode {
namespace {

constexpr std::string_view kGpt2 =
    R"('s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+)";
constexpr std::string_view kQwen2 =
    R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)";
constexpr std::string_view kLlama3 =
    R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)";

enum Kind : std::uint8_t { kLetter, kNumber, kSpace, kOther };  // \p{L}, \p{N}, \s, [^\s\p{L}\p{N}]

Kind KindOf(char32_t c) {
  const std::uint16_t properties = unicode::Properties(c);
  return properties & unicode::kRegexLetter   ? kLetter
         : properties & unicode::kRegexNumber ? kNumber
         : properties & unicode::kRegexSpace  ? kSpace
                                              : kOther;
}

const std::array<Kind, 128> kAsciiKinds = [] {
  std::array<Kind, 128> kinds;
  for (char32_t c = 0; c < 128; ++c) kinds[c] = KindOf(c);
  return kinds;
}();

bool IsLineEnd(char c) { return c == '\r' || c == '\n'; }

// Reads a text from its start, one character after another.
class Cursor {
 public:
  explicit Cursor(std::string_view text) : begin_(text.data()), p_(begin_), end_(begin_ + text.size()) {}

  std::size_t position() const { return p_ - begin_; }
  bool AtEnd() const { return p_ == end_; }
  char Byte() const { return *p_; }

  // Whether the next character is of a kind.
  bool Sees(Kind kind) const {
    const char* next = p_;
    return p_ < end_ && Read(&next) == kind;
  }
  void Skip() { Read(&p_); }
  bool SkipOne(Kind kind) {
    const char* next = p_;
    if (p_ == end_ || Read(&next) != kind) return false;
    p_ = next;
    return true;
  }
  void SkipAll(Kind kind) {
    while (SkipOne(kind)) {
    }
  }
  void SkipLineEnds() {
    while (p_ < end_ && IsLineEnd(*p_)) ++p_;
  }

 private:
  static Kind Read(const char** p) {
    if (IsAscii(**p)) return kAsciiKinds[static_cast<unsigned char>(*(*p)++)];
    return KindOf(DecodeUtf8(p));
  }

  const char* const begin_;
  const char* p_;
  const char* const end_;
};

// 's|'t|'re|'ve|'m|'ll|'d at the start of a text; 0 for none.
std::size_t Contraction(std::string_view text, bool any_case) {
  if (text.size() < 2 || text[0] != '\'') return 0;
  const auto lower = [&](std::size_t i) -> char {
    if (i >= text.size()) return 0;
    return any_case && text[i] >= 'A' && text[i] <= 'Z' ? static_cast<char>(text[i] + 32) : text[i];
  };
  const char first = lower(1), second = lower(2);
  if (first == 's' || first == 't' || first == 'm' || first == 'd') return 2;
  if ((first == 'r' && second == 'e') || (first == 'v' && second == 'e') || (first == 'l' && second == 'l'))
    return 3;
  constexpr std::string_view kLongS = "\xC5\xBF";  // an s in another case
  return any_case && text.substr(1).starts_with(kLongS) ? 1 + kLongS.size() : 0;
}

// \s+(?!\S)|\s+ at a space: what follows keeps the last of several.
std::size_t Spaces(std::string_view text) {
  Cursor cursor(text);
  std::size_t before_last = 0;
  while (cursor.Sees(kSpace)) {
    before_last = cursor.position();
    cursor.Skip();
  }
  return cursor.AtEnd() || before_last == 0 ? cursor.position() : before_last;
}

// \s*[\r\n]+ at a space: up to the last line end of those in a row; 0 where there is none.
std::size_t Lines(std::string_view text) {
  Cursor cursor(text);
  std::size_t length = 0;
  while (cursor.Sees(kSpace)) {
    const bool is_line_end = IsLineEnd(cursor.Byte());
    cursor.Skip();
    if (is_line_end) length = cursor.position();
  }
  return length;
}

}  // namespace

std::optional<WordPattern> WordPattern::Of(std::string_view pattern) {
  if (pattern == kGpt2) return WordPattern(0);
  if (pattern == kQwen2) return WordPattern(1);
  if (pattern == kLlama3) return WordPattern(3);
  return std::nullopt;
}

std::size_t WordPattern::MatchGpt2(std::string_view text) const {
  if (const std::size_t length = Contraction(text, false)) return length;
  Cursor cursor(text);
  if (cursor.Byte() == ' ') cursor.Skip();
  for (const Kind kind : {kLetter, kNumber, kOther}) {
    if (!cursor.SkipOne(kind)) continue;
    cursor.SkipAll(kind);
    return cursor.position();
  }
  return Spaces(text);
}

std::size_t WordPattern::MatchGpt4(std::string_view text) const {
  if (const std::size_t length = Contraction(text, true)) return length;
  Cursor cursor(text);
  if (cursor.SkipOne(kNumber)) {
    for (std::size_t i = 1; i < digits_ && cursor.SkipOne(kNumber); ++i) {
    }
    return cursor.position();
  }
  Cursor letters = cursor;  // one character of another kind may stand before them
  if (!letters.Sees(kLetter) && !IsLineEnd(letters.Byte())) letters.Skip();
  if (letters.SkipOne(kLetter)) {
    letters.SkipAll(kLetter);
    return letters.position();
  }
  Cursor others = cursor;
  if (others.Byte() == ' ') others.Skip();
  if (others.SkipOne(kOther)) {
    others.SkipAll(kOther);
    others.SkipLineEnds();
    return others.position();
  }
  const std::size_t lines = Lines(text);
  return lines > 0 ? lines : Spaces(text);
}

}  // namespace densenode
