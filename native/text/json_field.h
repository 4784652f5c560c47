// One field of a tokenizer.json that knows where it stands, so that every error names it:
// "tokenizer.json: normalizer.lowercase must be a boolean, got 3".
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "common/json.h"

namespace densenode {

class JsonField {
 public:
  JsonField(const OrderedJson& value, std::string where) : value_(&value), where_(std::move(where)) {}

  const OrderedJson& value() const { return *value_; }
  const std::string& where() const { return where_; }
  bool is_null() const { return value_->is_null(); }

  // A member of an object; TOKENIZER_INVALID where it is missing. Get also takes a missing member for null.
  JsonField At(std::string_view key) const;
  JsonField Get(std::string_view key) const;
  std::vector<JsonField> Elements() const;  // of an array

  bool Bool() const;
  const std::string& String() const;
  std::size_t Size() const;      // an integer >= 0
  char32_t Character() const;    // a string of one character
  double Number() const;         // finite
  std::int32_t TokenId() const;  // an integer in [0, 2^31)
  std::string Type() const;      // the string member "type"

  [[noreturn]] void Invalid(std::string_view expected) const;
  // `type` is not implemented here: "model type "X" is not supported; supported: BPE, WordPiece".
  [[noreturn]] void Unsupported(std::string_view type, std::string_view supported) const;

  // Components nest (Sequence in Sequence); a file that nests deeper than this is refused.
  static constexpr int kMaxNesting = 16;
  void CheckNesting(int depth) const;

 private:
  const OrderedJson* value_;
  std::string where_;
};

}  // namespace densenode
