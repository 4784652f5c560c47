// The part of a tokenizer that turns tokens back into text.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "text/json_field.h"

namespace densenode {

class Decoder {
 public:
  // From a `decoder` of a tokenizer.json (not null).
  static std::unique_ptr<const Decoder> FromJson(const JsonField& field, int depth = 0);
  virtual ~Decoder() = default;

  // Rewrites the tokens, which may change their number. The text is all of them one after another.
  virtual void Decode(std::vector<std::string>* tokens) const = 0;
};

}  // namespace densenode
