// The part of a tokenizer that cuts normalized text into words, none of which a token may cross.
#pragma once

#include <memory>
#include <string_view>

#include "text/json_field.h"
#include "text/words.h"

namespace densenode {

class PreTokenizer {
 public:
  // From the `pre_tokenizer` of a tokenizer.json (not null).
  static std::unique_ptr<const PreTokenizer> FromJson(const JsonField& field, int depth = 0);
  virtual ~PreTokenizer() = default;

  // Appends the words of `text` (valid UTF-8, not empty), in order, none empty. `at_start`: whether `text`
  // begins where the whole text does; some pre-tokenizers prefix only its first word.
  virtual void Split(std::string_view text, bool at_start, Words* words) const = 0;
};

}  // namespace densenode
