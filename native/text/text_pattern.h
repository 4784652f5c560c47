// The `pattern` of Split and Replace: { "String": ... } or { "Regex": ... }.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "text/json_field.h"
#include "text/regex.h"

namespace densenode {

class TextPattern {
 public:
  explicit TextPattern(const JsonField& field);

  // As Regex::FindAll.
  void FindAll(std::string_view text, std::vector<Regex::Match>* matches) const;

 private:
  std::string text_;
  std::optional<Regex> regex_;  // where the pattern is one, or the empty string
};

}  // namespace densenode
