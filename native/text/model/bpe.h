// BPE: a word begins as its characters, and the pair of neighbours that stands first in the list of merges is
// joined, until no pair is left that stands there.
#pragma once

#include <optional>
#include <string>

#include "text/model.h"
#include "text/model/byte_tokens.h"
#include "text/model/merges.h"

namespace densenode {

class Bpe : public Model {
 public:
  explicit Bpe(const JsonField& field);
  std::optional<std::int32_t> unknown_id() const override { return unknown_ ? unknown_->id : std::nullopt; }

 protected:
  void TokenizeWord(std::string_view word, std::vector<std::int32_t>* ids) const override;

 private:
  void AppendCharacters(std::string_view word, std::vector<std::int32_t>* ids) const;
  std::int32_t CharacterId(std::string_view character, bool first, bool last) const;
  bool AppendBytes(std::string_view character, bool first, bool last, std::vector<std::int32_t>* ids) const;

  std::string prefix_, suffix_;  // of characters that do not begin a word; of the one that ends it
  Merges merges_;
  std::optional<UnknownToken> unknown_;  // without one, unknown characters are left out
  std::optional<ByteTokens> byte_tokens_;
  bool fuse_unknown_, ignore_merges_;
};

}  // namespace densenode
