#include "text/model.h"

#include <algorithm>
#include <atomic>
#include <cstring>
#include <utility>

#include "text/component.h"
#include "text/model/bpe.h"
#include "text/model/unigram.h"
#include "text/model/word_level.h"
#include "text/model/wordpiece.h"
#include "text/word_cache.h"

namespace densenode {
namespace {

std::atomic<std::uint32_t> next_cache_key{1};

// Files written before the type was recorded hold one of the models that have a name for the unknown token.
std::string TypeOf(const JsonField& field) {
  if (!field.Get("type").is_null()) return field.Type();
  if (!field.Get("merges").is_null()) return "BPE";
  if (!field.Get("continuing_subword_prefix").is_null()) return "WordPiece";
  return field.Type();
}

}  // namespace

std::unique_ptr<const Model> Model::FromJson(const JsonField& field) {
  static const Makers<Model> makers = {
      {"BPE", FromField<Model, Bpe>},
      {"Unigram", FromField<Model, Unigram>},
      {"WordLevel", FromField<Model, WordLevel>},
      {"WordPiece", FromField<Model, WordPiece>},
  };
  return Make(makers, TypeOf(field), field, 0);
}

Model::Model(Vocabulary vocabulary) : vocabulary_(std::move(vocabulary)), cache_key_(next_cache_key++) {}

// Known words are written without a look at the capacity of *ids; what the cache does not hold makes room
// first.
void Model::Tokenize(std::span<const std::string_view> words, std::vector<std::int32_t>* ids) const {
  WordCache& cache = WordCache::OfThisThread();
  std::size_t size = ids->size();
  const auto make_room = [&](std::size_t words_left) { ids->resize(size + words_left * WordCache::kMaxIds); };
  make_room(words.size());
  std::size_t left = words.size();
  for (std::string_view word : words) {
    WordCache::Entry* entry = nullptr;
    WordCache::Key key;
    if (word.size() <= WordCache::kMaxBytes) {
      key = WordCache::MakeKey(word, cache_key_);
      entry = &cache.Slot(key);
      if (entry->Holds(key)) {
        std::memcpy(ids->data() + size, entry->ids.data(), sizeof(entry->ids));
        size += entry->count;
        --left;
        continue;
      }
    }
    ids->resize(size);
    TokenizeWord(word, ids);
    const std::size_t count = ids->size() - size;
    if (entry && count <= WordCache::kMaxIds) {
      *entry = {key.low, key.high, key.length_and_model, static_cast<std::uint32_t>(count), {}};
      std::copy(ids->begin() + size, ids->end(), entry->ids.begin());
    }
    size = ids->size();
    make_room(--left);
  }
  ids->resize(size);
}

UnknownToken::UnknownToken(const JsonField& field, const Vocabulary& vocabulary)
    : token(field.String()), id(vocabulary.TokenToId(token)) {}

std::int32_t UnknownToken::Id() const {
  if (!id) {
    Fail(ErrorCode::kTokenizerInvalid, "tokenizer.json: model.unk_token \"", token,
         "\" is not in model.vocab, and the text holds a word that needs it");
  }
  return *id;
}

}  // namespace densenode
