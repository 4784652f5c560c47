#include "common/filter.h"

#include <algorithm>

namespace densenode {
namespace {

// A bitmap may take as much memory as the hash would: 16 bytes an id.
constexpr std::uint64_t kBitsPerId = 128;

}  // namespace

IdSet::IdSet(std::span<const std::int64_t> ids) : sorted_(ids.begin(), ids.end()) {
  std::sort(sorted_.begin(), sorted_.end());
  sorted_.erase(std::unique(sorted_.begin(), sorted_.end()), sorted_.end());
  if (sorted_.empty()) return;
  const std::uint64_t width =
      static_cast<std::uint64_t>(sorted_.back()) - static_cast<std::uint64_t>(sorted_.front());
  if (width / kBitsPerId < sorted_.size()) {
    bitmap_.resize(width / 8 + 1);
    for (std::int64_t id : sorted_) {
      const auto bit = static_cast<std::uint64_t>(id - sorted_.front());
      bitmap_[bit / 8] = static_cast<std::uint8_t>(bitmap_[bit / 8] | 1 << (bit % 8));
    }
    return;
  }
  const auto id_of = [this](std::int64_t at) { return sorted_[static_cast<std::size_t>(at)]; };
  lookup_.Reserve(sorted_.size(), id_of);
  for (std::size_t i = 0; i < sorted_.size(); ++i) lookup_.Insert(sorted_[i], static_cast<std::int64_t>(i));
}

void Filter::Prepare() const {
  if (prepared_) return;
  if (conditions_.ids) ids_ = IdSet(*conditions_.ids);
  exclude_ = IdSet(conditions_.exclude);
  prepared_ = true;
}

}  // namespace densenode
