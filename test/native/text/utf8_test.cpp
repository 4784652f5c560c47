#include "text/utf8.h"

#include <gtest/gtest.h>

namespace densenode {
namespace {

TEST(Utf8, RoundTripsEveryCodePoint) {
  for (char32_t c = 0; c < 0x110000; ++c) {
    if (c >= 0xD800 && c < 0xE000) continue;
    std::string text;
    AppendUtf8(c, &text);
    ASSERT_TRUE(IsValidUtf8(text)) << static_cast<std::uint32_t>(c);
    ASSERT_EQ(ToUtf32(text), std::u32string(1, c));
    ASSERT_EQ(LastCodePoint("a" + text), c);
    ASSERT_EQ(CountCodePoints(text), 1u);
  }
}

TEST(Utf8, FindsNonAscii) {
  for (std::size_t at = 0; at < 40; ++at) {
    const std::string text = std::string(at, 'a') + "\xC3\xA9" + std::string(20, 'b');
    EXPECT_EQ(FindNonAscii(text.data(), text.data() + text.size()) - text.data(),
              static_cast<std::ptrdiff_t>(at));
  }
}

// Expected by Python 3.11: bytes.decode("utf-8", "replace").
TEST(Utf8, ReplacesInvalidParts) {
  const std::pair<const char*, const char*> cases[] = {
      {"\x80", "\uFFFD"},
      {"a\xFF\xFE b", "a\uFFFD\uFFFD b"},
      {"\xC0\xAF", "\uFFFD\uFFFD"},                      // overlong
      {"\xE0\x80\xAF", "\uFFFD\uFFFD\uFFFD"},            // overlong
      {"\xED\xA0\x80", "\uFFFD\uFFFD\uFFFD"},            // a surrogate
      {"\xF4\x90\x80\x80", "\uFFFD\uFFFD\uFFFD\uFFFD"},  // above U+10FFFF
      {"\xE4\xBA", "\uFFFD"},                            // cut
      {"\xF0\x9F\x98x", "\uFFFDx"},
      {"\xF0\x9Fx\x98", "\uFFFDx\uFFFD"},
      {"\xE4\xBA\xAC\xE4", "\u4EAC\uFFFD"},
      {"\xC3\xC3\xA9", "\uFFFD\u00E9"},
  };
  for (const auto& [invalid, expected] : cases) {
    EXPECT_FALSE(IsValidUtf8(invalid));
    EXPECT_EQ(ReplaceInvalidUtf8(invalid), expected);
  }
  EXPECT_TRUE(IsValidUtf8(""));
}

}  // namespace
}  // namespace densenode
