// Text cut into words.
#pragma once

#include <cstddef>
#include <string_view>

namespace densenode {

enum class WordRule {
  kUnicode,     // runs of letters, marks, digits and connecting punctuation; see words.cpp
  kWhitespace,  // what stands between white space
};

const char* WordRuleName(WordRule rule);        // "unicode", "whitespace"
WordRule ParseWordRule(std::string_view name);  // throws INVALID_ARGUMENT

// Longest word, in code points; what is longer is cut, as Lucene's StandardTokenizer does it.
constexpr std::size_t kLongestWord = 255;

// Goes through valid UTF-8 word by word.
class Words {
 public:
  Words(std::string_view text, WordRule rule) : rest_(text), rule_(rule) {}
  // The next word, in place; empty at the end.
  std::string_view Next() { return rule_ == WordRule::kUnicode ? NextUnicode() : NextBetweenWhitespace(); }

 private:
  std::string_view NextUnicode();
  std::string_view NextBetweenWhitespace();

  std::string_view rest_;
  WordRule rule_;
};

}  // namespace densenode
