#include "text/model.h"

#include <algorithm>
#include <atomic>
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

void Model::Tokenize(std::span<const std::string_view> words, std::vector<std::int32_t>* ids) const {
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
