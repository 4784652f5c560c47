#include "text/truncation.h"

namespace densenode {

Truncation::Truncation(const JsonField& field) {
  if (field.is_null()) return;
  max_length_ = field.At("max_length").Size();
  field.At("stride").Size();
  const JsonField strategy = field.At("strategy");
  only_second_ = strategy.String() == "OnlySecond";
  if (!only_second_ && strategy.String() != "LongestFirst" && strategy.String() != "OnlyFirst") {
    strategy.Invalid("LongestFirst, OnlyFirst or OnlySecond");
  }
  const JsonField direction = field.Get("direction");
  if (direction.is_null()) return;
  from_left_ = direction.String() == "Left";
  if (!from_left_ && direction.String() != "Right") direction.Invalid("Left or Right");
}

std::optional<std::size_t> Truncation::Needed(std::optional<std::size_t> limit) const {
  if (!limit || from_left_ || *limit == static_cast<std::size_t>(-1)) return std::nullopt;
  return *limit + 1;
}

std::span<const std::int32_t> Truncation::Apply(std::span<const std::int32_t> ids,
                                                std::optional<std::size_t> limit) const {
  if (!limit || ids.size() <= *limit) return ids;
  if (only_second_ && *limit > 0) {
    Fail(ErrorCode::kInvalidArgument,
         "truncation strategy OnlySecond of tokenizer.json cannot shorten a single text to ", *limit,
         " tokens");
  }
  return from_left_ ? ids.last(*limit) : ids.first(*limit);
}

}  // namespace densenode
