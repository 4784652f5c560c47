// The regular expressions by which GPT-2 and its successors cut text into words, matched without an engine.
// Every character is of some match, so the matches cover the text.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

namespace densenode {

class WordPattern {
 public:
  // The pattern of GPT-2 and RoBERTa, or those of GPT-4, Llama 3 and Qwen; nothing for others.
  static std::optional<WordPattern> Of(std::string_view pattern);

  // Bytes of the match at the start of `text`, which is valid UTF-8 and not empty.
  std::size_t Match(std::string_view text) const { return digits_ == 0 ? MatchGpt2(text) : MatchGpt4(text); }

 private:
  explicit WordPattern(std::size_t digits) : digits_(digits) {}
  std::size_t MatchGpt2(std::string_view text) const;
  std::size_t MatchGpt4(std::string_view text) const;

  std::size_t digits_;  // at most so many are one word; 0: any number, as GPT-2 does
};

}  // namespace densenode
