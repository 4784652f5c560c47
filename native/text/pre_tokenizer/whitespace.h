// Whitespace: the matches of \w+|[^\w\s]+.
#pragma once

#include "text/pre_tokenizer.h"

namespace densenode {

class WhitespacePreTokenizer : public PreTokenizer {
 public:
  void Split(std::string_view text, bool at_start, Words* words) const override;
};

}  // namespace densenode
