// The part of a tokenizer that turns tokens back into text.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "text/json_field.h"

namespace densenode {

class Decoder {
 public:
  // From the `decoder` of a tokenizer.json; null joins tokens with spaces.
  static std::unique_ptr<const Decoder> FromJson(const JsonField& field);
  virtual ~Decoder() = default;

  virtual std::string Decode(std::vector<std::string> tokens) const = 0;
};

}  // namespace densenode
