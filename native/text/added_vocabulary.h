// Tokens that were added on top of a model's vocabulary. They are found in the text before the model sees it:
// those with normalized = false in the text as given, then the others, in their normalized form, in the
// normalized text.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "text/json_field.h"
#include "text/model.h"
#include "text/normalizer.h"
#include "text/trie.h"

namespace densenode {

class AddedVocabulary {
 public:
  // A part of a text: an added token, or (token < 0) ordinary text.
  struct Segment {
    std::string_view text;
    std::int32_t token = -1;
  };

  // From the `added_tokens` of a tokenizer.json, which may be null. As in the official library the ids
  // written there do not count: a token that the model knows keeps the model's id, the others are numbered
  // from the size of the model's vocabulary.
  AddedVocabulary(const JsonField& field, const Model& model, const Normalizer* normalizer);

  // Appends the segments of a text; they cover it but for parts of no length.
  void SplitRaw(std::string_view text, std::vector<Segment>* segments) const;
  void SplitNormalized(std::string_view text, std::vector<Segment>* segments) const;

  std::optional<std::int32_t> TokenToId(std::string_view token) const;
  std::optional<std::string_view> IdToToken(std::int32_t id) const;  // the normalized form where it has one
  bool IsSpecial(std::string_view token) const { return special_.contains(token); }
  std::size_t tokens_beyond(const Model& model) const;  // how many the model does not know

 private:
  struct Token {
    std::string content;
    bool single_word, lstrip, rstrip, normalized, special;
  };
  // Finds the leftmost, then longest, of a set of patterns.
  class Matcher {
   public:
    explicit Matcher(const std::map<std::string_view, std::int32_t>& patterns);
    // The next match at or after `from`; its id is -1 where there is none.
    Trie::Match Find(std::string_view text, std::size_t from, std::size_t* position) const;

   private:
    bool empty_;
    std::array<bool, 256> starts_{};  // bytes that a pattern starts with
    std::optional<char> only_start_;  // where there is one such byte, as with "[CLS]" and "[SEP]"
    Trie trie_;
  };

  void Add(const JsonField& field, const Model& model, const Normalizer* normalizer, std::int32_t* next_id);
  std::map<std::string_view, std::int32_t> Patterns(bool normalized) const;
  void Split(const Matcher& matcher, std::string_view text, std::vector<Segment>* segments) const;

  std::map<std::string, std::int32_t, std::less<>> ids_;
  std::map<std::int32_t, Token> tokens_;
  std::map<std::int32_t, std::string> normal_forms_;  // where they differ from the content
  std::set<std::string, std::less<>> special_;
  std::optional<Matcher> raw_, normalized_;
};

}  // namespace densenode
