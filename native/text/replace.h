// What the normalizer and the decoder Replace have in common.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "text/json_field.h"
#include "text/text_pattern.h"

namespace densenode {

class Replace {
 public:
  explicit Replace(const JsonField& field);

  // A broken tokenizer.json may make every character a long text, again and again; JavaScript has no longer
  // strings than this.
  static constexpr std::size_t kMostBytes = std::size_t{1} << 29;

  // Replaces *out by `text` with every match of the pattern replaced. Returns whether the result begins where
  // the text does. Throws TOKENIZER_INVALID where the text grows beyond kMostBytes.
  bool Apply(std::string_view text, std::string* out) const;
  [[noreturn]] static void FailTooLong();

 private:
  TextPattern pattern_;
  std::string content_;
};

}  // namespace densenode
