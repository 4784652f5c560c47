// FixedLength: words of a number of characters; the last may be shorter.
#pragma once

#include <cstddef>

#include "text/pre_tokenizer.h"

namespace densenode {

class FixedLength : public PreTokenizer {
 public:
  explicit FixedLength(const JsonField& field);
  void Split(std::string_view text, bool at_start, Words* words) const override;

 private:
  std::size_t length_ = 5;
};

}  // namespace densenode
