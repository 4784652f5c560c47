// A regular expression of tokenizer.json: Oniguruma with its Ruby syntax, as in the official library.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "text/json_field.h"
#include "text/word_pattern.h"

namespace densenode {

class Regex {
 public:
  struct Match {
    std::size_t begin, end;  // bytes
  };

  // `field` is named where the pattern is not valid (TOKENIZER_INVALID).
  Regex(std::string_view pattern, const JsonField& field);

  // Replaces *matches by those in `text` (valid UTF-8), in order. They do not overlap and may be empty, but
  // not right behind another one. Safe to call from many threads. A pattern that steps back more than ten
  // million times at one place, or a hundred million times for one match, throws INVALID_ARGUMENT.
  void FindAll(std::string_view text, std::vector<Match>* matches) const;

 private:
  std::optional<WordPattern>
      word_pattern_;               // where it is one that is known; it is matched so, and has no program
  std::shared_ptr<void> program_;  // an OnigRegex
};

}  // namespace densenode
