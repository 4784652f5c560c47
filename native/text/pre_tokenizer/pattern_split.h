// Split: a text is cut at the matches of a string or a regular expression, or (inverted) between them.
#pragma once

#include "text/pre_tokenizer.h"
#include "text/pre_tokenizer/delimiter_cutter.h"
#include "text/text_pattern.h"

namespace densenode {

class PatternSplit : public PreTokenizer {
 public:
  explicit PatternSplit(const JsonField& field)
      : pattern_(field.At("pattern")),
        behavior_(ParseDelimiterBehavior(field.At("behavior"))),
        invert_(field.At("invert").Bool()) {}
  void Split(std::string_view text, bool at_start, Words* words) const override;

 private:
  TextPattern pattern_;
  DelimiterBehavior behavior_;
  bool invert_;
};

}  // namespace densenode
