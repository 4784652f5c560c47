// WordPiece: pieces that begin with the prefix join what stands before them, others get a space.
#pragma once

#include "text/decoder.h"
#include "text/decoder/replace_all.h"

namespace densenode {

class WordPieceDecoder : public Decoder {
 public:
  explicit WordPieceDecoder(const JsonField& field)
      : prefix_(field.At("prefix").String()), cleanup_(field.At("cleanup").Bool()) {}

  void Decode(std::vector<std::string>* tokens) const override {
    for (std::size_t i = 0; i < tokens->size(); ++i) {
      std::string& token = (*tokens)[i];
      if (i > 0) {
        if (token.starts_with(prefix_)) {
          token.erase(0, prefix_.size());
        } else {
          token.insert(0, 1, ' ');
        }
      }
      if (cleanup_) CleanUpSpaces(&token);
    }
  }

 private:
  std::string prefix_;
  bool cleanup_;
};

}  // namespace densenode
