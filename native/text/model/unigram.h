// Unigram (SentencePiece): of all ways to cut a word into known pieces, the one with the highest sum of
// scores (Viterbi).
#pragma once

#include <optional>

#include "text/model.h"
#include "text/model/byte_tokens.h"

namespace densenode {

class Unigram : public Model {
 public:
  explicit Unigram(const JsonField& field);
  std::optional<std::int32_t> unknown_id() const override { return unknown_id_; }

 protected:
  void TokenizeWord(std::string_view word, std::vector<std::int32_t>* ids) const override;

 private:
  void AppendPiece(std::string_view piece, std::vector<std::int32_t>* ids) const;
  std::int32_t UnknownId() const;

  std::vector<double> scores_;  // by id
  double unknown_score_;        // of a character that no piece holds alone
  std::optional<std::int32_t> unknown_id_;
  std::optional<ByteTokens> byte_tokens_;
};

}  // namespace densenode
