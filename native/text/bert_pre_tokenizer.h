// BertPreTokenizer: words end at whitespace, which is dropped, and every punctuation character is its own
// word.
#pragma once

#include "text/pre_tokenizer.h"

namespace densenode {

class BertPreTokenizer : public PreTokenizer {
 public:
  void Split(std::string_view text, std::vector<std::string_view>* words) const override;
};

}  // namespace densenode
