#include "index/filter_selection.h"

#include <algorithm>
#include <bit>
#include <span>

namespace densenode {
namespace {

// Whether a filter looks at nothing but its bitmap, and at that for each id from 0 to the last, all of which
// are there.
bool IsBitmapOfAll(const Filter& filter, const IdMap& ids) {
  const Filter::Conditions& conditions = filter.conditions();
  return conditions.bitmap && !conditions.ids && conditions.exclude.empty() && conditions.from == 0 &&
         conditions.to >= ids.next_id() && static_cast<std::size_t>(ids.next_id()) == ids.count();
}

// The first `count` bits, ones that are missing as zeros.
std::vector<std::uint8_t> FirstBits(std::span<const std::uint8_t> bitmap, std::size_t count) {
  std::vector<std::uint8_t> bits((count + 7) / 8);
  std::copy_n(bitmap.begin(), std::min(bitmap.size(), bits.size()), bits.begin());
  if (count % 8 != 0) bits.back() &= static_cast<std::uint8_t>((1U << count % 8) - 1);
  return bits;
}

std::size_t CountBits(std::span<const std::uint8_t> bits) {
  std::size_t count = 0;
  for (const std::uint8_t byte : bits) count += static_cast<std::size_t>(std::popcount(byte));
  return count;
}

}  // namespace

Selection::Selection(const Filter& filter, const IdMap& ids)
    : filter_(&filter), stored_(ids.mode() == IdMap::Mode::kStored) {
  if (stored_)
    CountStored(ids);
  else
    MarkPositions(ids);
}

void Selection::Set(std::int64_t position, bool value) {
  std::uint8_t& byte = bitmap_[static_cast<std::size_t>(position) / 8];
  const auto bit = static_cast<std::uint8_t>(1 << (position % 8));
  if (((byte & bit) != 0) == value) return;
  byte = static_cast<std::uint8_t>(byte ^ bit);
  value ? ++count_ : --count_;
}

void Selection::MarkPositions(const IdMap& ids) {
  if (ids.mode() == IdMap::Mode::kSequential && IsBitmapOfAll(*filter_, ids)) {
    bitmap_ = FirstBits(*filter_->conditions().bitmap, ids.positions());
    count_ = CountBits(bitmap_);
    return;
  }
  bitmap_.resize((ids.positions() + 7) / 8);
  if (filter_->conditions().ids) {
    for (std::int64_t id : filter_->ids().sorted()) {
      if (!filter_->Allows(id)) continue;
      if (const std::int64_t position = ids.Find(id); position != IdMap::kNone) Set(position, true);
    }
    return;
  }
  ids.ForEach([this](std::int64_t id, std::int64_t position) {
    if (filter_->InRange(id)) Set(position, true);
  });
  for (std::int64_t id : filter_->exclude().sorted()) {
    if (const std::int64_t position = ids.Find(id); position != IdMap::kNone) Set(position, false);
  }
}

void Selection::CountStored(const IdMap& ids) {
  const auto there = [&](std::int64_t id) { return ids.Find(id) != IdMap::kNone; };
  if (filter_->conditions().ids) {
    for (std::int64_t id : filter_->ids().sorted()) count_ += filter_->Allows(id) && there(id);
    return;
  }
  if (IsBitmapOfAll(*filter_, ids)) {
    count_ = CountBits(FirstBits(*filter_->conditions().bitmap, ids.count()));
    return;
  }
  const auto& [from, to, unused_ids, unused_exclude, bitmap] = filter_->conditions();
  if (from == 0 && to >= ids.next_id() && !bitmap) {
    count_ = ids.count();
  } else {
    ids.ForEach([this](std::int64_t id, std::int64_t) { count_ += filter_->InRange(id); });
  }
  for (std::int64_t id : filter_->exclude().sorted()) count_ -= filter_->InRange(id) && there(id);
}

std::vector<std::int64_t> Selection::Handles(const IdMap& ids) const {
  std::vector<std::int64_t> handles;
  handles.reserve(count_);
  if (stored_ && filter_->conditions().ids) {
    for (std::int64_t id : filter_->ids().sorted()) {
      if (!filter_->Allows(id)) continue;
      if (const std::int64_t handle = ids.Find(id); handle != IdMap::kNone) handles.push_back(handle);
    }
    std::sort(handles.begin(), handles.end());
    return handles;
  }
  if (stored_ || unremoved_) {
    ids.ForEach([&](std::int64_t id, std::int64_t handle) {
      if (unremoved_ || filter_->Allows(id)) handles.push_back(handle);
    });
    return handles;
  }
  for (std::size_t byte = 0; byte < bitmap_.size(); ++byte) {
    for (unsigned bits = bitmap_[byte]; bits != 0; bits &= bits - 1) {
      handles.push_back(static_cast<std::int64_t>(byte * 8 + static_cast<unsigned>(__builtin_ctz(bits))));
    }
  }
  return handles;
}

std::shared_ptr<const Selection> Selected(const Filter* filter, std::uint64_t version, const IdMap& ids) {
  if (filter) return filter->Of<Selection>(version, ids);
  return ids.removed() > 0 ? std::make_shared<const Selection>(ids) : nullptr;
}

}  // namespace densenode
