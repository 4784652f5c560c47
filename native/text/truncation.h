// How many ids of a text are kept, and from which end.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "text/json_field.h"

namespace densenode {

class Truncation {
 public:
  // From the `truncation` of a tokenizer.json; null keeps everything. The stride, which concerns only the
  // rest that is cut off, is not read.
  explicit Truncation(const JsonField& field);

  std::optional<std::size_t> max_length() const { return max_length_; }

  // How many ids of the start decide the result, for a caller that can stop early; unset: all of them.
  std::optional<std::size_t> Needed(std::optional<std::size_t> limit) const;

  // The at most `limit` ids that are kept.
  std::span<const std::int32_t> Apply(std::span<const std::int32_t> ids,
                                      std::optional<std::size_t> limit) const;

 private:
  std::optional<std::size_t> max_length_;  // special tokens included
  bool from_left_ = false;                 // the start of the text is cut off
  bool only_second_ = false;  // only the second text of a pair may be cut, so a single one may not
};

}  // namespace densenode
