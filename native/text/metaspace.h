// What the pre-tokenizer and the decoder Metaspace have in common.
#pragma once

#include <string>

#include "text/json_field.h"

namespace densenode {

struct Metaspace {
  enum class Scheme { kAlways, kFirst, kNever };  // before which parts of a text the replacement is put

  explicit Metaspace(const JsonField& field);

  std::string replacement;  // of a space: one character
  Scheme scheme;
};

}  // namespace densenode
