// The part of a tokenizer that puts special tokens around the ids of a text.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "text/json_field.h"

namespace densenode {

class PostProcessor {
 public:
  // From the `post_processor` of a tokenizer.json; null adds nothing. Only what concerns single texts is
  // read.
  static PostProcessor FromJson(const JsonField& field);

  std::size_t added_tokens() const { return added_tokens_; }

  // Appends the content with its special tokens (or without) to *ids and, where not null, *type_ids.
  void Process(std::span<const std::int32_t> content, bool add_special_tokens, std::vector<std::int32_t>* ids,
               std::vector<std::int32_t>* type_ids) const;

 private:
  // A special token, which may stand for several ids, or the place of the text.
  struct Piece {
    bool is_text;
    std::vector<std::int32_t> ids;
    std::int32_t type_id;
  };
  explicit PostProcessor(std::vector<Piece> pieces);
  static std::vector<Piece> ParseTemplate(const JsonField& field);
  static std::vector<Piece> Parse(const JsonField& field, int depth);

  std::vector<Piece> pieces_;
  std::size_t added_tokens_ = 0;
};

}  // namespace densenode
