// BertPreTokenizer: words end at whitespace, which is dropped, and every punctuation character is its own
// word.
#pragma once

#include "text/pre_tokenizer.h"

namespace densenode {

class BertPreTokenizer : public PreTokenizer {
 public:
  void Split(std::string_view text, bool at_start, Words* words) const override;
};

}  // namespace densenode
