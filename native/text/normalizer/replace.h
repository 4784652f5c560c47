// Replace: every match of a string or a regular expression becomes another string.
#pragma once

#include <string>

#include "text/normalizer.h"
#include "text/replace.h"

namespace densenode {

class ReplaceNormalizer : public Normalizer {
 public:
  explicit ReplaceNormalizer(const JsonField& field) : replace_(field) {}

  bool Normalize(std::string_view text, std::string* out) const override { return replace_.Apply(text, out); }

 private:
  Replace replace_;
};

}  // namespace densenode
