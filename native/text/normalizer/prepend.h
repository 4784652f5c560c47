// Prepend: a text of at least one character gets a prefix.
#pragma once

#include <string>

#include "text/normalizer.h"

namespace densenode {

class Prepend : public Normalizer {
 public:
  explicit Prepend(const JsonField& field) : prefix_(field.At("prepend").String()) {}

  bool Normalize(std::string_view text, std::string* out) const override {
    out->clear();
    if (!text.empty()) out->append(prefix_).append(text);
    return true;
  }

 private:
  std::string prefix_;
};

}  // namespace densenode
