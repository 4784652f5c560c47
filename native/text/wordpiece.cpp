#include "text/wordpiece.h"

#include "text/utf8.h"

namespace densenode {

WordPiece::WordPiece(const JsonField& field)
    : vocabulary_(field.At("vocab")),
      unknown_token_(field.At("unk_token").String()),
      unknown_id_(vocabulary_.TokenToId(unknown_token_)),
      continuation_(vocabulary_.trie().Walk(field.At("continuing_subword_prefix").String())),
      max_characters_(field.At("max_input_chars_per_word").Size()) {}

bool WordPiece::AppendPieces(std::string_view word, std::vector<std::int32_t>* ids) const {
  if (word.size() > max_characters_ && CountCodePoints(word) > max_characters_) return false;
  const Trie& trie = vocabulary_.trie();
  for (Trie::State start = Trie::kRoot; !word.empty(); start = continuation_) {
    if (start == Trie::kNoState) return false;
    const Trie::Match piece = trie.LongestMatch(start, word);
    if (piece.length == 0) return false;
    ids->push_back(piece.id);
    word.remove_prefix(piece.length);
  }
  return true;
}

void WordPiece::Tokenize(std::span<const std::string_view> words, std::vector<std::int32_t>* ids) const {
  for (std::string_view word : words) {
    const std::size_t before = ids->size();
    if (AppendPieces(word, ids)) continue;
    if (!unknown_id_) {
      Fail(ErrorCode::kTokenizerInvalid, "tokenizer.json: model.unk_token \"", unknown_token_,
           "\" is not in model.vocab, and the text holds a word that needs it");
    }
    ids->resize(before);
    ids->push_back(*unknown_id_);
  }
}

}  // namespace densenode
