#include "text/word_level.h"

namespace densenode {

WordLevel::WordLevel(const JsonField& field)
    : vocabulary_(field.At("vocab")),
      unknown_token_(field.At("unk_token").String()),
      unknown_id_(vocabulary_.TokenToId(unknown_token_)) {}

void WordLevel::Tokenize(std::span<const std::string_view> words, std::vector<std::int32_t>* ids) const {
  for (std::string_view word : words) {
    const auto id = vocabulary_.TokenToId(word);
    if (!id && !unknown_id_) {
      Fail(ErrorCode::kTokenizerInvalid, "tokenizer.json: model.unk_token \"", unknown_token_,
           "\" is not in model.vocab, and the text holds a word that needs it");
    }
    ids->push_back(id ? *id : *unknown_id_);
  }
}

}  // namespace densenode
