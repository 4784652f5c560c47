#include "text/utf8.h"

#include <algorithm>
#include <cstdint>
#include <cstring>

namespace densenode {
namespace {

// Length of the valid sequence at the start of `text`, or minus the length of the invalid part to replace.
int SequenceLength(std::string_view text) {
  auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char lead = byte(0);
  if (lead < 0x80) return 1;
  const int length = lead >= 0xC2 && lead < 0xE0   ? 2
                     : (lead & 0xF0) == 0xE0       ? 3
                     : lead >= 0xF0 && lead < 0xF5 ? 4
                                                   : 0;
  if (length == 0) return -1;
  // The second byte's range excludes overlong forms, surrogates and what lies above U+10FFFF.
  const unsigned char low = lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80;
  const unsigned char high = lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : 0xBF;
  if (text.size() < 2 || byte(1) < low || byte(1) > high) return -1;
  for (int i = 2; i < length; ++i) {
    if (static_cast<std::size_t>(i) >= text.size() || !IsContinuation(text[i])) return -i;
  }
  return length;
}

}  // namespace

char32_t LastCodePoint(std::string_view text) {
  const char* p = text.data() + text.size() - 1;
  while (IsContinuation(*p)) --p;
  return DecodeUtf8(&p);
}

const char* FindNonAscii(const char* p, const char* end) {
  for (; end - p >= 8; p += 8) {
    std::uint64_t word;
    std::memcpy(&word, p, 8);
    if (word & 0x8080808080808080u) break;
  }
  while (p < end && IsAscii(*p)) ++p;
  return p;
}

std::size_t CountCodePoints(std::string_view text) {
  return text.size() - std::count_if(text.begin(), text.end(), IsContinuation);
}

void AppendUtf8(char32_t c, std::string* out) {
  auto put = [out](char32_t byte) { out->push_back(static_cast<char>(byte)); };
  if (c < 0x80) {
    put(c);
  } else if (c < 0x800) {
    put(0xC0 | c >> 6);
    put(0x80 | (c & 0x3F));
  } else if (c < 0x10000) {
    put(0xE0 | c >> 12);
    put(0x80 | (c >> 6 & 0x3F));
    put(0x80 | (c & 0x3F));
  } else {
    put(0xF0 | c >> 18);
    put(0x80 | (c >> 12 & 0x3F));
    put(0x80 | (c >> 6 & 0x3F));
    put(0x80 | (c & 0x3F));
  }
}

std::u32string ToUtf32(std::string_view text) {
  std::u32string out;
  out.reserve(text.size());
  const char* end = text.data() + text.size();
  for (const char* p = text.data(); p < end;) out.push_back(DecodeUtf8(&p));
  return out;
}

bool IsValidUtf8(std::string_view text) {
  const char* end = text.data() + text.size();
  for (const char* p = FindNonAscii(text.data(), end); p < end; p = FindNonAscii(p, end)) {
    const int length = SequenceLength({p, static_cast<std::size_t>(end - p)});
    if (length < 0) return false;
    p += length;
  }
  return true;
}

std::string ReplaceInvalidUtf8(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const int length = SequenceLength(text);
    if (length > 0) {
      out.append(text.substr(0, length));
    } else {
      out.append("\xEF\xBF\xBD");
    }
    text.remove_prefix(length > 0 ? length : -length);
  }
  return out;
}

}  // namespace densenode
