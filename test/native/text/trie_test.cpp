#include "text/trie.h"

#include <gtest/gtest.h>

#include <map>
#include <random>
#include <string>

namespace densenode {
namespace {

Trie Build(const std::map<std::string, std::int32_t>& entries) {
  return Trie({entries.begin(), entries.end()});
}

TEST(Trie, FindsExactKeysAndLongestPrefixes) {
  const Trie trie = Build({{"a", 1}, {"abc", 2}, {"b", 3}, {"\xff\xfe", 4}});
  EXPECT_EQ(trie.Find("a"), 1);
  EXPECT_EQ(trie.Find("ab"), -1);
  EXPECT_EQ(trie.Find("abc"), 2);
  EXPECT_EQ(trie.Find("abcd"), -1);
  EXPECT_EQ(trie.Find("\xff\xfe"), 4);
  EXPECT_EQ(trie.Find(""), -1);
  const Trie::Match match = trie.LongestMatch(Trie::kRoot, "abd");
  EXPECT_EQ(match.length, 1u);
  EXPECT_EQ(match.id, 1);
  EXPECT_EQ(trie.LongestMatch(Trie::kRoot, "xyz").length, 0u);
  EXPECT_EQ(trie.LongestMatch(trie.Walk("ab"), "c").id, 2);
  EXPECT_EQ(trie.Walk("x"), Trie::kNoState);
}

TEST(Trie, EmptyTrieAndEmptyKey) {
  EXPECT_EQ(Build({}).Find("a"), -1);
  const Trie trie = Build({{"", 5}, {std::string("\0a", 2), 6}, {std::string(1, '\0'), 7}});
  EXPECT_EQ(trie.Find(""), 5);
  EXPECT_EQ(trie.Find(std::string_view("\0", 1)), 7);
  EXPECT_EQ(trie.Find(std::string_view("\0a", 2)), 6);
  EXPECT_EQ(trie.LongestMatch(Trie::kRoot, "b").length, 0u);
}

TEST(Trie, AgreesWithAMapOnRandomBytes) {
  std::mt19937 random(7);
  for (int letters : {2, 20, 256}) {
    std::map<std::string, std::int32_t> entries;
    auto word = [&] {
      std::string text(random() % 6, 0);
      for (char& c : text) c = static_cast<char>(random() % letters);
      return text;
    };
    for (int i = 0; i < 5000; ++i) entries.emplace(word(), i);
    const Trie trie = Build(entries);
    for (int i = 0; i < 20000; ++i) {
      const std::string text = word();
      const auto found = entries.find(text);
      ASSERT_EQ(trie.Find(text), found == entries.end() ? -1 : found->second);
      std::size_t longest = 0;
      for (std::size_t n = 1; n <= text.size(); ++n) {
        if (entries.contains(text.substr(0, n))) longest = n;
      }
      ASSERT_EQ(trie.LongestMatch(Trie::kRoot, text).length, longest);
    }
  }
}

}  // namespace
}  // namespace densenode
