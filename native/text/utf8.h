// Reading and writing UTF-8. Everything after Tokenizer::Encode's first check works on valid UTF-8.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace densenode {

inline bool IsAscii(char byte) { return static_cast<unsigned char>(byte) < 0x80; }
inline bool IsContinuation(char byte) { return (static_cast<unsigned char>(byte) & 0xC0) == 0x80; }

// Reads the code point at `*p` of valid UTF-8 and moves `*p` behind it.
inline char32_t DecodeUtf8(const char** p) {
  const auto* s = reinterpret_cast<const unsigned char*>(*p);
  if (s[0] < 0x80) {
    *p += 1;
    return s[0];
  }
  if (s[0] < 0xE0) {
    *p += 2;
    return (s[0] & 0x1Fu) << 6 | (s[1] & 0x3Fu);
  }
  if (s[0] < 0xF0) {
    *p += 3;
    return (s[0] & 0x0Fu) << 12 | (s[1] & 0x3Fu) << 6 | (s[2] & 0x3Fu);
  }
  *p += 4;
  return (s[0] & 0x07u) << 18 | (s[1] & 0x3Fu) << 12 | (s[2] & 0x3Fu) << 6 | (s[3] & 0x3Fu);
}

// The last code point of valid, non-empty UTF-8.
char32_t LastCodePoint(std::string_view text);

// First byte in [p, end) that is not ASCII, or end.
const char* FindNonAscii(const char* p, const char* end);

std::size_t CountCodePoints(std::string_view text);

void AppendUtf8(char32_t code_point, std::string* out);
std::u32string ToUtf32(std::string_view text);

bool IsValidUtf8(std::string_view text);

// Each longest invalid part of a sequence becomes one U+FFFD (the practice that Unicode recommends, and what
// JavaScript's TextDecoder and Python's errors="replace" do).
std::string ReplaceInvalidUtf8(std::string_view text);

}  // namespace densenode
