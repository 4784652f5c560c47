// How many ids of a text, or of a pair of texts, are kept, and from which end.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "text/json_field.h"

namespace densenode {

// Which text of a pair is shortened: the longer one until both are equal, then both; or always the same one.
enum class TruncationStrategy { kLongestFirst, kOnlyFirst, kOnlySecond };

class Truncation {
 public:
  // From the `truncation` of a tokenizer.json; null keeps everything. The stride, which concerns only the
  // rest that is cut off, is not read.
  explicit Truncation(const JsonField& field);

  std::optional<std::size_t> max_length() const { return max_length_; }

  // How many ids of the start of a single text decide the result, for a caller that can stop early; unset:
  // all of them.
  std::optional<std::size_t> Needed(std::optional<std::size_t> limit) const;

  using Ids = std::span<const std::int32_t>;
  // The at most `limit` ids that are kept.
  Ids Apply(Ids ids, std::optional<std::size_t> limit) const;

  // Shortens the texts of a pair to at most `limit` ids together. INVALID_ARGUMENT where the one text that
  // may be shortened would have none left.
  void ApplyToPair(std::optional<std::size_t> limit, std::optional<TruncationStrategy> strategy, Ids* first,
                   Ids* second) const;

 private:
  Ids Keep(Ids ids, std::size_t count) const { return from_left_ ? ids.last(count) : ids.first(count); }

  std::optional<std::size_t> max_length_;  // special tokens included
  TruncationStrategy strategy_ = TruncationStrategy::kLongestFirst;
  bool from_left_ = false;  // the start of the text is cut off
};

}  // namespace densenode
