#include "lexical/words.h"

#include <array>
#include <cstdint>

#include "common/error.h"
#include "text/unicode.h"
#include "text/utf8.h"

namespace densenode {
namespace {

// What a character does in a word.
enum Kind : std::uint8_t {
  kOther,
  kLetter,
  kDigit,
  kExtender,    // marks and connecting punctuation: only beside letters and digits
  kIdeograph,   // a word of its own
  kApostrophe,  // inside a word between letters (UAX #29, WB6 and WB7)
  kPoint,       // inside a word between digits (WB11 and WB12)
};

Kind SlowKindOf(char32_t c) {
  if (c == U'\'' || c == U'\u2019') return kApostrophe;
  if (c == U'.' || c == U',') return kPoint;
  const std::uint16_t properties = unicode::Properties(c);
  if (!(properties & unicode::kWord)) return kOther;
  if (properties & unicode::kCjk) return kIdeograph;
  if (properties & (unicode::kCombiningMark | unicode::kPunctuation | unicode::kControl)) return kExtender;
  return properties & unicode::kNumeric ? kDigit : kLetter;
}

const std::array<Kind, 128> kAsciiKinds = [] {
  std::array<Kind, 128> kinds{};
  for (char32_t c = 0; c < 128; ++c) kinds[c] = SlowKindOf(c);
  return kinds;
}();

Kind KindOf(char32_t c) { return c < 128 ? kAsciiKinds[c] : SlowKindOf(c); }

bool IsWhitespace(char32_t c) { return unicode::Has(c, unicode::kWhitespace); }

}  // namespace

const char* WordRuleName(WordRule rule) { return rule == WordRule::kUnicode ? "unicode" : "whitespace"; }

WordRule ParseWordRule(std::string_view name) {
  for (WordRule rule : {WordRule::kUnicode, WordRule::kWhitespace})
    if (name == WordRuleName(rule)) return rule;
  Fail(ErrorCode::kInvalidArgument, "words: expected unicode or whitespace, got ", name);
}

std::string_view Words::NextUnicode() {
  const char* p = rest_.data();
  const char* const end = p + rest_.size();
  while (p < end) {
    const char* const begin = p;
    Kind last = KindOf(DecodeUtf8(&p));
    if (last == kOther || last == kApostrophe || last == kPoint) continue;
    bool has_letter = last != kExtender;
    for (std::size_t length = 1; last != kIdeograph && p < end && length < kLongestWord; ++length) {
      const char* next = p;
      Kind kind = KindOf(DecodeUtf8(&next));
      if ((kind == kApostrophe && last == kLetter) || (kind == kPoint && last == kDigit)) {
        const char* behind = next;
        if (behind == end || KindOf(DecodeUtf8(&behind)) != last) break;
      } else if (kind == kExtender) {
        kind = last == kDigit ? kDigit : kLetter;  // what it stands beside
      } else if (kind != kLetter && kind != kDigit) {
        break;
      } else {
        has_letter = true;
      }
      last = kind == kApostrophe ? kLetter : kind == kPoint ? kDigit : kind;
      p = next;
    }
    if (!has_letter) continue;
    rest_ = {p, static_cast<std::size_t>(end - p)};
    return {begin, static_cast<std::size_t>(p - begin)};
  }
  rest_ = {};
  return {};
}

std::string_view Words::NextBetweenWhitespace() {
  const char* p = rest_.data();
  const char* const end = p + rest_.size();
  const char* begin = p;
  for (std::size_t length = 0; p < end;) {
    const char* next = p;
    const bool space = IsWhitespace(DecodeUtf8(&next));
    if (space && length == 0) {
      begin = p = next;
      continue;
    }
    if (space || length == kLongestWord) break;
    p = next;
    ++length;
  }
  rest_ = {p, static_cast<std::size_t>(end - p)};
  return {begin, static_cast<std::size_t>(p - begin)};
}

}  // namespace densenode
