// The part of a tokenizer that cuts normalized text into words, none of which a token may cross.
#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "text/json_field.h"

namespace densenode {

class PreTokenizer {
 public:
  // From the `pre_tokenizer` of a tokenizer.json (not null).
  static std::unique_ptr<const PreTokenizer> FromJson(const JsonField& field, int depth = 0);
  virtual ~PreTokenizer() = default;

  // Appends the words of `text` (valid UTF-8), in order, none empty, as views into it.
  virtual void Split(std::string_view text, std::vector<std::string_view>* words) const = 0;
};

}  // namespace densenode
