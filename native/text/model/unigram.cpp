#include "text/model/unigram.h"

#include <algorithm>
#include <limits>

#include "text/model/score.h"
#include "text/utf8.h"

namespace densenode {
namespace {

// The best way that ends at a byte of the word.
struct Ending {
  double score = 0;
  std::uint32_t start = kNone;  // of its last piece
  std::int32_t id = 0;

  static constexpr std::uint32_t kNone = 0xFFFFFFFF;

  void Offer(double candidate, std::size_t from, std::int32_t piece) {
    if (start == kNone || candidate > score) *this = {candidate, static_cast<std::uint32_t>(from), piece};
  }
};

std::size_t FirstCharacterLength(std::string_view text) {
  const char* p = text.data();
  DecodeUtf8(&p);
  return p - text.data();
}

}  // namespace

Unigram::Unigram(const JsonField& field) : Model(Vocabulary::FromScoredList(field.At("vocab"))) {
  double lowest = std::numeric_limits<double>::infinity();
  scores_.reserve(vocab_size());
  for (const OrderedJson& entry : field.At("vocab").value()) {
    scores_.push_back(OfficialScore(entry[1].get<double>()));
    lowest = std::min(lowest, scores_.back());
  }
  constexpr double kPenalty = 10;  // SentencePiece's kUnkPenalty
  unknown_score_ = lowest - kPenalty;
  const JsonField unknown = field.Get("unk_id");
  if (!unknown.is_null()) {
    unknown_id_ = unknown.TokenId();
    if (static_cast<std::size_t>(*unknown_id_) >= scores_.size())
      unknown.Invalid("a position in model.vocab");
  }
  const JsonField fallback = field.Get("byte_fallback");
  if (!fallback.is_null() && fallback.Bool()) byte_tokens_.emplace(vocabulary());
}

std::int32_t Unigram::UnknownId() const {
  if (!unknown_id_) {
    Fail(ErrorCode::kTokenizerInvalid,
         "tokenizer.json: model.unk_id is missing, and the text holds a character that needs it");
  }
  return *unknown_id_;
}

void Unigram::AppendPiece(std::string_view piece, std::vector<std::int32_t>* ids) const {
  if (const std::int32_t id = vocabulary().trie().Find(piece); id >= 0) {
    ids->push_back(id);
  } else if (!byte_tokens_ || !byte_tokens_->Append(piece, ids)) {
    ids->push_back(UnknownId());
  }
}

void Unigram::TokenizeWord(std::string_view word, std::vector<std::int32_t>* ids) const {
  thread_local std::vector<Ending> endings;
  endings.assign(word.size() + 1, {});
  const Trie& trie = vocabulary().trie();
  for (std::size_t start = 0; start < word.size();) {
    const double score = endings[start].score;
    const std::size_t character = FirstCharacterLength(word.substr(start));
    bool holds_character = false;
    Trie::State state = Trie::kRoot;
    for (std::size_t i = start; i < word.size(); ++i) {
      state = trie.Step(state, word[i]);
      if (state == Trie::kNoState) break;
      const std::int32_t id = trie.Id(state);
      if (id < 0) continue;
      endings[i + 1].Offer(score + scores_[id], start, id);
      holds_character |= i + 1 == start + character;
    }
    if (!holds_character) {
      Ending& ending = endings[start + character];
      if (ending.start == Ending::kNone || unknown_score_ + score > ending.score) {
        ending.Offer(unknown_score_ + score, start, UnknownId());
      }
    }
    start += character;
  }
  // Backwards along the best way; unknown pieces that follow each other are one.
  thread_local std::vector<std::string_view> pieces;
  pieces.clear();
  bool was_unknown = false;
  for (std::size_t end = word.size(); end > 0;) {
    const Ending& ending = endings[end];
    const bool unknown = ending.id == unknown_id_;
    const std::string_view piece = word.substr(ending.start, end - ending.start);
    if (unknown && was_unknown) {
      pieces.back() = {piece.data(), piece.size() + pieces.back().size()};
    } else {
      pieces.push_back(piece);
    }
    was_unknown = unknown;
    end = ending.start;
  }
  for (auto piece = pieces.rbegin(); piece != pieces.rend(); ++piece) AppendPiece(*piece, ids);
  constexpr std::size_t kKeep = 1 << 16;
  if (endings.capacity() > kKeep) endings = {};
}

}  // namespace densenode
