// The part of a tokenizer that turns words into token ids.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "text/json_field.h"

namespace densenode {

class Model {
 public:
  // From the `model` of a tokenizer.json.
  static std::unique_ptr<const Model> FromJson(const JsonField& field);
  virtual ~Model() = default;

  // Appends the ids of each word (non-empty, valid UTF-8), in order.
  virtual void Tokenize(std::span<const std::string_view> words, std::vector<std::int32_t>* ids) const = 0;

  virtual std::size_t vocab_size() const = 0;
  virtual std::optional<std::int32_t> TokenToId(std::string_view token) const = 0;
  virtual std::optional<std::string_view> IdToToken(std::int32_t id) const = 0;
};

}  // namespace densenode
