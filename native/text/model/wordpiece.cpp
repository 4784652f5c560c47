#include "text/model/wordpiece.h"

#include "text/utf8.h"

namespace densenode {

WordPiece::WordPiece(const JsonField& field)
    : Model(Vocabulary::FromObject(field.At("vocab"))),
      unknown_(field.At("unk_token"), vocabulary()),
      continuation_(vocabulary().trie().Walk(field.At("continuing_subword_prefix").String())),
      max_characters_(field.At("max_input_chars_per_word").Size()) {}

bool WordPiece::AppendPieces(std::string_view word, std::vector<std::int32_t>* ids) const {
  if (word.size() > max_characters_ && CountCodePoints(word) > max_characters_) return false;
  const Trie& trie = vocabulary().trie();
  for (Trie::State start = Trie::kRoot; !word.empty(); start = continuation_) {
    if (start == Trie::kNoState) return false;
    const Trie::Match piece = trie.LongestMatch(start, word);
    if (piece.length == 0) return false;
    ids->push_back(piece.id);
    word.remove_prefix(piece.length);
  }
  return true;
}

void WordPiece::TokenizeWord(std::string_view word, std::vector<std::int32_t>* ids) const {
  const std::size_t before = ids->size();
  if (AppendPieces(word, ids)) return;
  const std::int32_t unknown = unknown_.Id();
  ids->resize(before);
  ids->push_back(unknown);
}

}  // namespace densenode
