// UnicodeScripts: words end where the script of writing changes. Spaces belong to any script; hiragana and
// katakana to Han.
#pragma once

#include "text/pre_tokenizer.h"

namespace densenode {

class UnicodeScripts : public PreTokenizer {
 public:
  void Split(std::string_view text, bool at_start, Words* words) const override;
};

}  // namespace densenode
