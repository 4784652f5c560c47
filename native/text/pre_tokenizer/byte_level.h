// ByteLevel: words as GPT-2 cuts them (unless use_regex is off), each byte of them then written as a visible
// character.
#pragma once

#include <vector>

#include "text/pre_tokenizer.h"
#include "text/regex.h"

namespace densenode {

class ByteLevelPreTokenizer : public PreTokenizer {
 public:
  explicit ByteLevelPreTokenizer(const JsonField& field);
  void Split(std::string_view text, bool at_start, Words* words) const override;

 private:
  bool add_prefix_space_, use_regex_;
  Regex pattern_;
};

}  // namespace densenode
