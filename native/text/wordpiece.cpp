#include "text/wordpiece.h"

#include <algorithm>
#include <atomic>

#include "text/utf8.h"
#include "text/word_cache.h"

namespace densenode {
namespace {

std::atomic<std::uint32_t> next_cache_key{1};

}  // namespace

WordPiece::WordPiece(const JsonField& field)
    : vocabulary_(field.At("vocab")),
      unknown_token_(field.At("unk_token").String()),
      unknown_id_(vocabulary_.TokenToId(unknown_token_)),
      continuation_(vocabulary_.trie().Walk(field.At("continuing_subword_prefix").String())),
      max_characters_(field.At("max_input_chars_per_word").Size()),
      cache_key_(next_cache_key++) {}

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

void WordPiece::TokenizeWord(std::string_view word, std::vector<std::int32_t>* ids) const {
  const std::size_t before = ids->size();
  if (AppendPieces(word, ids)) return;
  if (!unknown_id_) {
    Fail(ErrorCode::kTokenizerInvalid, "tokenizer.json: model.unk_token \"", unknown_token_,
         "\" is not in model.vocab, and the text holds a word that needs it");
  }
  ids->resize(before);
  ids->push_back(*unknown_id_);
}

void WordPiece::Tokenize(std::span<const std::string_view> words, std::vector<std::int32_t>* ids) const {
  WordCache& cache = WordCache::OfThisThread();
  for (std::string_view word : words) {
    if (word.size() > WordCache::kMaxBytes) {
      TokenizeWord(word, ids);
      continue;
    }
    const WordCache::Key key = WordCache::MakeKey(word, cache_key_);
    WordCache::Entry& entry = cache.Slot(key);
    const std::size_t before = ids->size();
    if (entry.Holds(key)) {
      ids->insert(ids->end(), entry.ids.begin(), entry.ids.end());
      ids->resize(before + entry.count);
      continue;
    }
    TokenizeWord(word, ids);
    const std::size_t count = ids->size() - before;
    if (count > WordCache::kMaxIds) continue;
    entry = {key.low, key.high, key.length_and_model, static_cast<std::uint32_t>(count), {}};
    std::copy(ids->begin() + before, ids->end(), entry.ids.begin());
  }
}

}  // namespace densenode
