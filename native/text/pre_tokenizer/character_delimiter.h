// Pre-tokenizers that cut at single characters: CharDelimiterSplit, Digits, Punctuation and WhitespaceSplit.
#pragma once

#include <functional>
#include <memory>

#include "text/pre_tokenizer.h"
#include "text/pre_tokenizer/delimiter_cutter.h"

namespace densenode {

class CharacterDelimiter : public PreTokenizer {
 public:
  using Part = std::unique_ptr<const PreTokenizer>;
  static Part CharDelimiterSplit(const JsonField& field, int depth);
  static Part Digits(const JsonField& field, int depth);
  static Part Punctuation(const JsonField& field, int depth);
  static Part WhitespaceSplit(const JsonField& field, int depth);

  CharacterDelimiter(std::function<bool(char32_t)> is_delimiter, DelimiterBehavior behavior)
      : is_delimiter_(std::move(is_delimiter)), behavior_(behavior) {}
  void Split(std::string_view text, bool at_start, Words* words) const override;

 private:
  std::function<bool(char32_t)> is_delimiter_;
  DelimiterBehavior behavior_;
};

}  // namespace densenode
