// The part of a tokenizer that rewrites text before it is cut: lowercase, Unicode forms, removed characters.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "text/json_field.h"

namespace densenode {

class Normalizer {
 public:
  // From the `normalizer` of a tokenizer.json (not null).
  static std::unique_ptr<const Normalizer> FromJson(const JsonField& field, int depth = 0);
  virtual ~Normalizer() = default;

  // Replaces `*out` by the normalized text. `text` is valid UTF-8 and does not point into `*out`. Returns
  // whether the result begins where the text does, which it does not where characters at the start were
  // removed.
  virtual bool Normalize(std::string_view text, std::string* out) const = 0;
};

}  // namespace densenode
