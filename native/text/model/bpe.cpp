#include "text/model/bpe.h"

#include "text/utf8.h"

namespace densenode {
namespace {

std::string OptionalString(const JsonField& field) { return field.is_null() ? "" : field.String(); }
bool OptionalBool(const JsonField& field) { return !field.is_null() && field.Bool(); }

}  // namespace

Bpe::Bpe(const JsonField& field)
    : Model(Vocabulary::FromObject(field.At("vocab"))),
      prefix_(OptionalString(field.Get("continuing_subword_prefix"))),
      suffix_(OptionalString(field.Get("end_of_word_suffix"))),
      merges_(field.At("merges"), vocabulary(), prefix_.size()),
      fuse_unknown_(OptionalBool(field.Get("fuse_unk"))),
      ignore_merges_(OptionalBool(field.Get("ignore_merges"))) {
  const JsonField unknown = field.Get("unk_token");
  if (!unknown.is_null()) unknown_.emplace(unknown, vocabulary());
  if (OptionalBool(field.Get("byte_fallback"))) byte_tokens_.emplace(vocabulary());
  const JsonField dropout = field.Get("dropout");
  if (!dropout.is_null() && dropout.Number() != 0) {
    Fail(ErrorCode::kTokenizerUnsupported, "tokenizer.json: ", dropout.where(),
         " makes ids random, which is for training only. Set it to null");
  }
}

std::int32_t Bpe::CharacterId(std::string_view character, bool first, bool last) const {
  const Trie& trie = vocabulary().trie();
  Trie::State state = Trie::kRoot;
  if (!first) state = trie.Walk(state, prefix_);
  state = trie.Walk(state, character);
  if (last) state = trie.Walk(state, suffix_);
  return state == Trie::kNoState ? -1 : trie.Id(state);
}

bool Bpe::AppendBytes(std::string_view character, bool first, bool last,
                      std::vector<std::int32_t>* ids) const {
  if (!byte_tokens_) return false;
  if (prefix_.empty() && suffix_.empty()) return byte_tokens_->Append(character, ids);
  const std::string whole = (first ? "" : prefix_) + std::string(character) + (last ? suffix_ : "");
  return byte_tokens_->Append(whole, ids);
}

// As in the official library, an unknown character waits for the next known one, and bytes go before it.
void Bpe::AppendCharacters(std::string_view word, std::vector<std::int32_t>* ids) const {
  const char* const end = word.data() + word.size();
  constexpr std::int32_t kNone = -1;
  std::int32_t waiting = kNone;
  for (const char* p = word.data(); p < end;) {
    const char* const here = p;
    DecodeUtf8(&p);
    const std::string_view character(here, p);
    const bool first = here == word.data(), last = p == end;
    const std::int32_t id = CharacterId(character, first, last);
    if (id >= 0) {
      if (waiting != kNone) ids->push_back(waiting);
      waiting = kNone;
      ids->push_back(id);
    } else if (!AppendBytes(character, first, last, ids) && unknown_) {
      if (waiting != kNone && !fuse_unknown_) ids->push_back(waiting);
      waiting = unknown_->Id();
    }
  }
  if (waiting != kNone) ids->push_back(waiting);
}

void Bpe::TokenizeWord(std::string_view word, std::vector<std::int32_t>* ids) const {
  if (ignore_merges_) {
    if (const std::int32_t id = vocabulary().trie().Find(word); id >= 0) return ids->push_back(id);
  }
  const std::size_t before = ids->size();
  AppendCharacters(word, ids);
  const std::span<std::int32_t> symbols(ids->begin() + before, ids->end());
  ids->resize(before + merges_.Apply(symbols));
}

}  // namespace densenode
