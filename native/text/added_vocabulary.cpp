#include "text/added_vocabulary.h"

#include <algorithm>
#include <utility>

#include "text/unicode.h"
#include "text/utf8.h"

namespace densenode {
namespace {

std::size_t SpacesAtStart(std::string_view text) {
  const char* p = text.data();
  const char* const end = p + text.size();
  const char* spaces = p;
  while (p < end && unicode::Has(DecodeUtf8(&p), unicode::kWhitespace)) spaces = p;
  return spaces - text.data();
}

std::size_t LengthWithoutSpacesAtEnd(std::string_view text) {
  while (!text.empty() && unicode::Has(LastCodePoint(text), unicode::kWhitespace)) {
    do {
      text.remove_suffix(1);
    } while (!text.empty() && IsContinuation(text.data()[text.size()]));
  }
  return text.size();
}

bool EndsWithWord(std::string_view text) {
  return !text.empty() && unicode::Has(LastCodePoint(text), unicode::kWord);
}

bool StartsWithWord(std::string_view text) {
  const char* p = text.data();
  return !text.empty() && unicode::Has(DecodeUtf8(&p), unicode::kWord);
}

}  // namespace

AddedVocabulary::Matcher::Matcher(const std::map<std::string_view, std::int32_t>& patterns)
    : empty_(patterns.empty()), trie_({patterns.begin(), patterns.end()}) {
  for (const auto& pattern : patterns) starts_[static_cast<unsigned char>(pattern.first[0])] = true;
  if (std::count(starts_.begin(), starts_.end(), true) == 1) only_start_ = patterns.begin()->first[0];
}

Trie::Match AddedVocabulary::Matcher::Find(std::string_view text, std::size_t from,
                                           std::size_t* position) const {
  if (empty_) return {};
  for (std::size_t i = from; i < text.size(); ++i) {
    if (only_start_ && (i = text.find(*only_start_, i)) == text.npos) break;
    if (!starts_[static_cast<unsigned char>(text[i])]) continue;
    const Trie::Match match = trie_.LongestMatch(Trie::kRoot, text.substr(i));
    if (match.length == 0) continue;
    *position = i;
    return match;
  }
  return {};
}

AddedVocabulary::AddedVocabulary(const JsonField& field, const Model& model, const Normalizer* normalizer) {
  if (!field.is_null()) {
    auto next_id = static_cast<std::int32_t>(model.vocab_size());
    for (const JsonField& token : field.Elements()) Add(token, model, normalizer, &next_id);
  }
  raw_.emplace(Patterns(false));
  normalized_.emplace(Patterns(true));
}

void AddedVocabulary::Add(const JsonField& field, const Model& model, const Normalizer* normalizer,
                          std::int32_t* next_id) {
  field.At("id").TokenId();
  Token token{field.At("content").String(), field.At("single_word").Bool(), field.At("lstrip").Bool(),
              field.At("rstrip").Bool(),    field.At("normalized").Bool(),  field.At("special").Bool()};
  if (token.content.empty()) return;
  auto known = TokenToId(token.content);
  if (!known) known = model.TokenToId(token.content);
  const std::int32_t id = known ? *known : (*next_id)++;
  if (token.normalized && normalizer) {
    std::string normal_form;
    normalizer->Normalize(token.content, &normal_form);
    if (normal_form.empty()) {
      Fail(ErrorCode::kTokenizerUnsupported, "tokenizer.json: ", field.where(),
           ".content is normalized to nothing, so it can never be found");
    }
    if (normal_form != token.content) normal_forms_[id] = normal_form;
  }
  ids_[token.content] = id;
  if (token.special) special_.insert(token.content);
  tokens_[id] = std::move(token);
}

// Where two tokens have the same normal form, the one with the lower id is found (by the official library one
// or the other, from load to load).
std::map<std::string_view, std::int32_t> AddedVocabulary::Patterns(bool normalized) const {
  std::map<std::string_view, std::int32_t> patterns;
  for (const auto& [id, token] : tokens_) {
    if (token.normalized != normalized) continue;
    const auto normal_form = normal_forms_.find(id);
    const bool changed = normalized && normal_form != normal_forms_.end();
    patterns.emplace(changed ? normal_form->second : token.content, id);
  }
  return patterns;
}

void AddedVocabulary::SplitRaw(std::string_view text, std::vector<Segment>* segments) const {
  Split(*raw_, text, segments);
}

void AddedVocabulary::SplitNormalized(std::string_view text, std::vector<Segment>* segments) const {
  Split(*normalized_, text, segments);
}

// Stripping may reach into neighbouring matches; what then happens is taken over from the official library.
// Where that library panics (a match lies wholly in spaces that an earlier one took), the match is dropped.
void AddedVocabulary::Split(const Matcher& matcher, std::string_view text,
                            std::vector<Segment>* segments) const {
  std::size_t covered = 0, next = 0, start = 0;
  for (Trie::Match match; (match = matcher.Find(text, next, &start)).id >= 0;) {
    std::size_t stop = next = start + match.length;
    const Token& token = tokens_.at(match.id);
    if (token.single_word && (EndsWithWord(text.substr(0, start)) || StartsWithWord(text.substr(stop))))
      continue;
    if (token.lstrip) start = std::max(LengthWithoutSpacesAtEnd(text.substr(0, start)), covered);
    if (token.rstrip) stop += SpacesAtStart(text.substr(stop));
    if (covered < start) segments->push_back({text.substr(covered, start - covered)});
    if (start < stop) segments->push_back({text.substr(start, stop - start), match.id});
    covered = stop;
  }
  if (covered < text.size()) segments->push_back({text.substr(covered)});
}

std::optional<std::int32_t> AddedVocabulary::TokenToId(std::string_view token) const {
  const auto found = ids_.find(token);
  return found == ids_.end() ? std::nullopt : std::optional(found->second);
}

std::optional<std::string_view> AddedVocabulary::IdToToken(std::int32_t id) const {
  const auto token = tokens_.find(id);
  if (token == tokens_.end()) return std::nullopt;
  const auto normal_form = normal_forms_.find(id);
  return normal_form != normal_forms_.end() ? normal_form->second : token->second.content;
}

std::size_t AddedVocabulary::tokens_beyond(const Model& model) const {
  return std::count_if(ids_.begin(), ids_.end(),
                       [&](const auto& entry) { return !model.TokenToId(entry.first); });
}

}  // namespace densenode
