// The part of a tokenizer that puts special tokens around the ids of a text or of a pair of texts.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "text/json_field.h"

namespace densenode {

class PostProcessor {
 public:
  // From the `post_processor` of a tokenizer.json; null adds nothing.
  static PostProcessor FromJson(const JsonField& field);

  // How many special tokens a text, or a pair, gets.
  std::size_t added_tokens(bool pair) const { return pair ? pair_.added_tokens : single_.added_tokens; }

  using Ids = std::span<const std::int32_t>;
  // Appends the ids of a text, or of a pair, with special tokens (or without) to *ids and, where not null,
  // *type_ids.
  void Process(Ids first, std::optional<Ids> second, bool add_special_tokens, std::vector<std::int32_t>* ids,
               std::vector<std::int32_t>* type_ids) const;

 private:
  // A special token, which may stand for several ids, or the place of a text.
  struct Piece {
    enum class Kind { kFirst, kSecond, kSpecial } kind;
    std::int32_t type_id = 0;
    std::vector<std::int32_t> ids = {};
  };
  struct Template {
    explicit Template(std::vector<Piece> parts);
    std::vector<Piece> pieces;
    std::size_t added_tokens = 0;
  };
  PostProcessor(std::vector<Piece> single, std::vector<Piece> pair)
      : single_(std::move(single)), pair_(std::move(pair)) {}

  static PostProcessor Plain();
  static PostProcessor Bert(const JsonField& field);
  static PostProcessor Roberta(const JsonField& field);
  static PostProcessor FromTemplates(const JsonField& field);
  static PostProcessor Sequence(const JsonField& field, int depth);
  static PostProcessor Read(const JsonField& field, int depth);
  static std::vector<Piece> ReadTemplate(const JsonField& field, const JsonField& special_tokens, bool pair);

  Template single_, pair_;
};

}  // namespace densenode
