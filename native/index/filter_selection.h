// The vectors of an index that a search may return: those that a filter allows, or all that are not removed.
#pragma once

#include <faiss/impl/IDSelector.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "common/filter.h"
#include "index/id_map.h"

namespace densenode {

// FAISS asks it by label: a position, or the id where inverted lists store it.
class Selection : public faiss::IDSelector {
 public:
  // `filter` must outlive it.
  Selection(const Filter& filter, const IdMap& ids);
  // All that are not removed; `ids` must outlive it and stay as it is.
  explicit Selection(const IdMap& ids) : unremoved_(&ids), count_(ids.count()) {}

  bool is_member(faiss::idx_t label) const override {
    if (unremoved_) return !unremoved_->IsRemoved(label);
    if (stored_) return filter_->Allows(label);
    return bitmap_[static_cast<std::size_t>(label) / 8] >> (label % 8) & 1;
  }
  std::size_t count() const { return count_; }
  // Where they are (IdMap), in ascending order. `ids`: those that it was made of.
  std::vector<std::int64_t> Handles(const IdMap& ids) const;

 private:
  void MarkPositions(const IdMap& ids);
  void CountStored(const IdMap& ids);
  void Set(std::int64_t position, bool value);

  const Filter* filter_ = nullptr;
  const IdMap* unremoved_ = nullptr;
  bool stored_ = false;
  std::vector<std::uint8_t> bitmap_;  // of positions
  std::size_t count_ = 0;
};

// What a search may return: what `filter` allows, where there is one; null: all that there is. `version` as
// for Filter::Of.
std::shared_ptr<const Selection> Selected(const Filter* filter, std::uint64_t version, const IdMap& ids);

}  // namespace densenode
