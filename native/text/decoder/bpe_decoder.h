// BPEDecoder: the suffix that marks the end of a word becomes a space.
#pragma once

#include "text/decoder.h"
#include "text/decoder/replace_all.h"

namespace densenode {

class BpeDecoder : public Decoder {
 public:
  explicit BpeDecoder(const JsonField& field) : suffix_(field.At("suffix").String()) {}

  void Decode(std::vector<std::string>* tokens) const override {
    for (std::string& token : *tokens) ReplaceAll(suffix_, &token == &tokens->back() ? "" : " ", &token);
  }

 private:
  std::string suffix_;
};

}  // namespace densenode
