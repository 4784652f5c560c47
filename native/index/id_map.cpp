#include "index/id_map.h"

#include <algorithm>
#include <limits>
#include <numeric>

#include "common/error.h"

namespace densenode {
namespace {

bool Bit(const std::vector<std::uint8_t>& bitmap, std::size_t i) { return bitmap[i / 8] >> (i % 8) & 1; }

// The id of an entry of the table, removed or not.
std::int64_t IdOfEntry(std::int64_t entry) { return entry < 0 ? ~entry : entry; }

bool StrictlyAscending(std::span<const std::int64_t> entries) {
  const auto not_below = [](std::int64_t a, std::int64_t b) { return IdOfEntry(a) >= IdOfEntry(b); };
  return std::adjacent_find(entries.begin(), entries.end(), not_below) == entries.end();
}

}  // namespace

IdMap::IdMap(const faiss::IndexIVF* lists, std::vector<std::int64_t> table, Mode mode, std::size_t positions,
             std::int64_t next_id)
    : mode_(mode),
      lists_(lists),
      count_(positions - static_cast<std::size_t>(std::count_if(table.begin(), table.end(),
                                                                [](auto entry) { return entry < 0; }))),
      next_id_(next_id),
      ascending_(StrictlyAscending(table)),
      table_(std::move(table)) {}

std::size_t IdMap::memory_bytes() const {
  std::lock_guard lock(lookup_mutex_);
  return table_.capacity() * sizeof(std::int64_t) + lookup_.memory_bytes();
}

std::int64_t IdMap::IdAt(std::int64_t handle) const {
  if (mode_ == Mode::kStored) {
    return StoredId(faiss::lo_listno(handle), faiss::lo_offset(handle));
  }
  return mode_ == Mode::kTable ? table_[handle] : handle;
}

void IdMap::CheckIds(std::size_t n, std::span<const std::int64_t> ids) {
  if (ids.size() != n) {
    Fail(ErrorCode::kInvalidArgument, "expected one id for each vector, but got ", ids.size(), " ids for ", n,
         " vectors");
  }
  const auto negative = std::find_if(ids.begin(), ids.end(), [](std::int64_t id) { return id < 0; });
  if (negative != ids.end()) {
    Fail(ErrorCode::kInvalidArgument, "ids must be 0 or more, but id ", negative - ids.begin(), " is ",
         *negative);
  }
  constexpr auto kMost = std::numeric_limits<std::int64_t>::max() - 1;  // so that a next id exists
  if (const auto most = std::max_element(ids.begin(), ids.end()); most != ids.end() && *most > kMost) {
    Fail(ErrorCode::kInvalidArgument, "ids must be at most ", kMost, ", but got ", *most);
  }
  if (StrictlyAscending(ids)) return;
  std::vector<std::int64_t> sorted(ids.begin(), ids.end());
  std::sort(sorted.begin(), sorted.end());
  const auto twice = std::adjacent_find(sorted.begin(), sorted.end());
  if (twice != sorted.end()) {
    Fail(ErrorCode::kInvalidArgument, "id ", *twice, " is given more than once; ids must be distinct");
  }
}

std::span<const std::int64_t> IdMap::Prepare(std::size_t n, std::span<const std::int64_t> ids) {
  prepared_ = {};
  prepared_count_ = n;
  if (ids.empty()) {
    if (n > static_cast<std::size_t>(std::numeric_limits<std::int64_t>::max() - next_id_)) {
      Fail(ErrorCode::kInvalidArgument, "no free ids are left after ", next_id_ - 1,
           "; give ids of your own");
    }
    if (mode_ == Mode::kSequential) return {};
    next_ids_.resize(n);
    std::iota(next_ids_.begin(), next_ids_.end(), next_id_);
    ids = next_ids_;
  } else {
    CheckIds(n, ids);
    // Ids beyond the largest so far cannot be in the index, which spares most callers the lookup.
    if (*std::min_element(ids.begin(), ids.end()) < next_id_) {
      for (std::int64_t id : ids) {
        if (id < next_id_ && Find(id) != kNone) {
          Fail(ErrorCode::kInvalidArgument, "id ", id, " is already in the index; remove it first");
        }
      }
    }
  }
  if (mode_ == Mode::kSequential) {
    if (ids.front() == next_id_ && ids.back() - ids.front() + 1 == static_cast<std::int64_t>(n) &&
        StrictlyAscending(ids)) {
      return {};  // the ids that the vectors would get anyway
    }
    MakeTable();
  }
  if (mode_ == Mode::kTable) {
    // As push_back would grow it; reserve alone would copy the table on every call.
    if (table_.capacity() - table_.size() < n) table_.reserve(std::max(table_.size() + n, table_.size() * 2));
  }
  if (!lookup_.empty()) {
    lookup_.Reserve(positions() + n, [this](std::int64_t handle) { return IdAt(handle); });
    if (mode_ == Mode::kStored) {
      list_sizes_before_.resize(lists_->nlist);
      for (std::size_t list = 0; list < lists_->nlist; ++list) {
        list_sizes_before_[list] = lists_->invlists->list_size(list);
      }
    }
  }
  prepared_ = ids;
  return ids;
}

void IdMap::Append() {
  if (mode_ == Mode::kSequential) {
    count_ += prepared_count_;
    next_id_ += static_cast<std::int64_t>(prepared_count_);
    return;
  }
  for (std::int64_t id : prepared_) next_id_ = std::max(next_id_, id + 1);
  if (mode_ == Mode::kTable) {
    ascending_ = ascending_ && StrictlyAscending(prepared_) &&
                 (table_.empty() || prepared_.empty() || IdOfEntry(table_.back()) < prepared_.front());
    for (std::int64_t id : prepared_) {
      if (!lookup_.empty()) lookup_.Insert(id, static_cast<std::int64_t>(table_.size()));
      table_.push_back(id);
    }
  } else if (!lookup_.empty()) {
    InsertNewInLists();
  }
  count_ += prepared_.size();
  prepared_ = {};
  next_ids_ = {};
}

void IdMap::SkipTo(std::int64_t next_id) {
  if (next_id <= next_id_) return;
  if (mode_ == Mode::kSequential) MakeTable();
  next_id_ = next_id;
}

void IdMap::InsertNewInLists() {
  for (std::size_t list = 0; list < lists_->nlist; ++list) {
    const std::size_t size = lists_->invlists->list_size(list);
    const faiss::idx_t* ids = lists_->invlists->get_ids(list);
    for (std::size_t i = list_sizes_before_[list]; i < size; ++i) {
      lookup_.Insert(ids[i], static_cast<std::int64_t>(faiss::lo_build(list, i)));
    }
  }
}

void IdMap::MakeTable() {
  table_.resize(count_);
  std::iota(table_.begin(), table_.end(), 0);
  mode_ = Mode::kTable;
}

std::vector<std::uint8_t> IdMap::PreparePositions(std::span<const std::int64_t> ids) {
  std::vector<std::uint8_t> bitmap((count_ + 7) / 8);
  std::vector<std::int64_t> sorted(ids.begin(), ids.end());
  std::sort(sorted.begin(), sorted.end());
  bool any = false;
  for (std::size_t i = 0; i < count_; ++i) {
    const std::int64_t id = IdAt(static_cast<std::int64_t>(i));
    if (std::binary_search(sorted.begin(), sorted.end(), id)) {
      bitmap[i / 8] = static_cast<std::uint8_t>(bitmap[i / 8] | 1 << (i % 8));
      any = true;
    }
  }
  if (!any) return {};
  if (mode_ == Mode::kSequential) MakeTable();
  return bitmap;
}

void IdMap::RemovePositions(const std::vector<std::uint8_t>& bitmap) {
  std::size_t kept = 0;
  for (std::size_t i = 0; i < count_; ++i) {
    if (!Bit(bitmap, i)) table_[kept++] = table_[i];
  }
  table_.resize(kept);
  count_ = kept;
  lookup_.Clear();
}

void IdMap::RemoveStored(std::size_t removed) {
  count_ -= removed;
  lookup_.Clear();
}

std::size_t IdMap::MarkRemoved(std::span<const std::int64_t> ids) {
  std::vector<std::int64_t> positions;
  for (std::int64_t id : ids) {
    if (const std::int64_t position = Find(id); position != kNone) positions.push_back(position);
  }
  if (positions.empty()) return 0;
  if (mode_ == Mode::kSequential) MakeTable();
  const std::size_t before = count_;
  for (std::int64_t position : positions) {
    if (IsRemoved(position)) continue;  // an id that was given twice
    table_[position] = ~table_[position];
    --count_;
  }
  return before - count_;
}

void IdMap::ToIds(std::int64_t* labels, std::size_t count) const {
  if (mode_ != Mode::kTable) return;
  for (std::size_t i = 0; i < count; ++i) {
    if (labels[i] >= 0) labels[i] = table_[labels[i]];
  }
}

std::int64_t IdMap::Find(std::int64_t id) const {
  if (id < 0 || id >= next_id_) return kNone;
  if (mode_ == Mode::kSequential) return id < static_cast<std::int64_t>(count_) ? id : kNone;
  if (mode_ == Mode::kTable && ascending_) {
    const auto below = [](std::int64_t entry, std::int64_t wanted) { return IdOfEntry(entry) < wanted; };
    const auto found = std::lower_bound(table_.begin(), table_.end(), id, below);
    return found != table_.end() && *found == id ? found - table_.begin() : kNone;
  }
  std::lock_guard lock(lookup_mutex_);
  if (lookup_.empty()) BuildLookup();
  return lookup_.Find(id, [this](std::int64_t handle) { return IdAt(handle); });
}

void IdMap::BuildLookup() const {
  lookup_.Reserve(positions(), [this](std::int64_t handle) { return IdAt(handle); });
  ForEach([this](std::int64_t id, std::int64_t handle) { lookup_.Insert(id, handle); });
}

}  // namespace densenode
