// Metaspace: the visible character becomes a space again; in the first token it is left out unless it was
// never put there.
#pragma once

#include "text/decoder.h"
#include "text/decoder/replace_all.h"
#include "text/metaspace.h"

namespace densenode {

class MetaspaceDecoder : public Decoder {
 public:
  explicit MetaspaceDecoder(const JsonField& field) : settings_(field) {}

  void Decode(std::vector<std::string>* tokens) const override {
    const bool drops = settings_.scheme != Metaspace::Scheme::kNever;
    for (std::string& token : *tokens) {
      ReplaceAll(settings_.replacement, drops && &token == &tokens->front() ? "" : " ", &token);
    }
  }

 private:
  Metaspace settings_;
};

}  // namespace densenode
