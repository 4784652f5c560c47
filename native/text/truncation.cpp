#include "text/truncation.h"

#include <algorithm>
#include <utility>

namespace densenode {
namespace {

TruncationStrategy ReadStrategy(const JsonField& field) {
  const std::string& name = field.String();
  if (name == "LongestFirst") return TruncationStrategy::kLongestFirst;
  if (name == "OnlyFirst") return TruncationStrategy::kOnlyFirst;
  if (name == "OnlySecond") return TruncationStrategy::kOnlySecond;
  field.Invalid("LongestFirst, OnlyFirst or OnlySecond");
}

}  // namespace

Truncation::Truncation(const JsonField& field) {
  if (field.is_null()) return;
  max_length_ = field.At("max_length").Size();
  field.At("stride").Size();
  strategy_ = ReadStrategy(field.At("strategy"));
  const JsonField direction = field.Get("direction");
  if (direction.is_null()) return;
  from_left_ = direction.String() == "Left";
  if (!from_left_ && direction.String() != "Right") direction.Invalid("Left or Right");
}

std::optional<std::size_t> Truncation::Needed(std::optional<std::size_t> limit) const {
  if (!limit || from_left_ || *limit == static_cast<std::size_t>(-1)) return std::nullopt;
  return *limit + 1;
}

Truncation::Ids Truncation::Apply(Ids ids, std::optional<std::size_t> limit) const {
  if (!limit || ids.size() <= *limit) return ids;
  if (strategy_ == TruncationStrategy::kOnlySecond && *limit > 0) {
    Fail(ErrorCode::kInvalidArgument,
         "truncation strategy OnlySecond of tokenizer.json cannot shorten a single text to ", *limit,
         " tokens");
  }
  return Keep(ids, *limit);
}

void Truncation::ApplyToPair(std::optional<std::size_t> limit, std::optional<TruncationStrategy> strategy,
                             Ids* first, Ids* second) const {
  if (!limit || first->size() + second->size() <= *limit) return;
  const TruncationStrategy chosen = strategy.value_or(strategy_);
  if (chosen == TruncationStrategy::kLongestFirst || *limit == 0) {
    // The shorter text keeps all while it fits in half; where both are cut, the longer one gets the odd id.
    Ids* shorter = first;
    Ids* longer = second;
    if (shorter->size() > longer->size()) std::swap(shorter, longer);
    const std::size_t kept = std::min(shorter->size(), *limit / 2);
    *shorter = Keep(*shorter, kept);
    *longer = Keep(*longer, *limit - kept);
    return;
  }
  Ids& target = chosen == TruncationStrategy::kOnlyFirst ? *first : *second;
  const std::size_t excess = first->size() + second->size() - *limit;
  if (target.size() <= excess) {
    Fail(ErrorCode::kInvalidArgument, "a pair of ", first->size(), " and ", second->size(),
         " tokens cannot be shortened to ", *limit, " by its ",
         chosen == TruncationStrategy::kOnlyFirst ? "first" : "second",
         " text alone. Raise maxTokens, or truncate the longest first");
  }
  target = Keep(target, target.size() - excess);
}

}  // namespace densenode
