// What the normalizer and the decoder Replace have in common.
#pragma once

#include <string>
#include <string_view>

#include "text/json_field.h"
#include "text/text_pattern.h"

namespace densenode {

class Replace {
 public:
  explicit Replace(const JsonField& field);

  // Replaces *out by `text` with every match of the pattern replaced. Returns whether the result begins where
  // the text does.
  bool Apply(std::string_view text, std::string* out) const;

 private:
  TextPattern pattern_;
  std::string content_;
};

}  // namespace densenode
