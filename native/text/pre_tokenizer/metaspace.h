// Metaspace: spaces become a visible character ("▁"), which may also be put before the text, and words begin
// at it.
#pragma once

#include <string>

#include "text/metaspace.h"
#include "text/pre_tokenizer.h"

namespace densenode {

class MetaspacePreTokenizer : public PreTokenizer {
 public:
  explicit MetaspacePreTokenizer(const JsonField& field);
  void Split(std::string_view text, bool at_start, Words* words) const override;

 private:
  Metaspace settings_;
  bool split_;
};

}  // namespace densenode
