// The ids of an index: which FAISS label (position, or stored id) each caller's id has.
//
// Three ways to keep them, from the smallest:
//   sequential  ids are the positions 0 .. n - 1; nothing is stored
//   table       one int64 a position; begins with the first explicit id or the first removal
//   stored      FAISS keeps the ids in its inverted lists (IVF); labels are ids
// Where FAISS cannot take a vector out (HNSW, IVF with refinement) its entry of the table becomes ~id, below
// 0: the position is removed, and searches pass it by. A hash for lookups is built when one is needed and ids
// are not in ascending order.
//
// Methods that change need exclusive access; the const ones may run side by side.
#pragma once

#include <faiss/IndexIVF.h>
#include <faiss/invlists/DirectMap.h>
#include <faiss/invlists/InvertedLists.h>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <mutex>
#include <span>
#include <vector>

#include "common/id_lookup.h"

namespace densenode {

class IdMap {
 public:
  enum class Mode : std::uint32_t { kSequential = 0, kTable = 1, kStored = 2 };

  // Where an id is: its position, or its inverted list and the offset in it (faiss::lo_build).
  static constexpr std::int64_t kNone = IdLookup::kNone;

  IdMap() = default;
  // `lists`: null, or the IVF index that stores the ids.
  explicit IdMap(const faiss::IndexIVF* lists)
      : mode_(lists ? Mode::kStored : Mode::kSequential), lists_(lists) {}
  // As read from a file; `positions` vectors are in FAISS, the removed ones included.
  IdMap(const faiss::IndexIVF* lists, std::vector<std::int64_t> table, Mode mode, std::size_t positions,
        std::int64_t next_id);
  IdMap(const IdMap&) = delete;
  IdMap& operator=(const IdMap&) = delete;

  Mode mode() const { return mode_; }
  std::int64_t next_id() const { return next_id_; }
  const std::vector<std::int64_t>& table() const { return table_; }
  std::size_t memory_bytes() const;

  // Throws INVALID_ARGUMENT for a count of ids that is not n, a negative or too large id, or an id twice.
  static void CheckIds(std::size_t n, std::span<const std::int64_t> ids);
  // The ids that `n` new vectors get: `ids` itself, or (when empty) the next free ones. Throws
  // INVALID_ARGUMENT for a count that is not n, a negative id, an id twice in the call or already in the
  // index. Also reserves memory, so that Append does not fail. The result is valid until the next call; it is
  // empty in sequential mode.
  std::span<const std::int64_t> Prepare(std::size_t n, std::span<const std::int64_t> ids);
  // After FAISS took the vectors of the last Prepare.
  void Append();
  // Ids below `next_id` are not given by default any more.
  void SkipTo(std::int64_t next_id);

  // Positions of those of `ids` that are here, as a bitmap of count() bits; empty if there are none. Not in
  // stored mode. Also reserves memory, so that RemovePositions does not fail.
  std::vector<std::uint8_t> PreparePositions(std::span<const std::int64_t> ids);
  // After FAISS removed these positions and closed the gaps.
  void RemovePositions(const std::vector<std::uint8_t>& bitmap);
  // After FAISS removed that many stored ids.
  void RemoveStored(std::size_t removed);

  // Marks those of `ids` that are here as removed, all or none; returns how many there were. Not in stored
  // mode.
  std::size_t MarkRemoved(std::span<const std::int64_t> ids);
  bool IsRemoved(std::int64_t position) const { return mode_ == Mode::kTable && table_[position] < 0; }

  // FAISS labels -> ids, in place; -1 stays.
  void ToIds(std::int64_t* labels, std::size_t count) const;
  std::int64_t Find(std::int64_t id) const;
  std::int64_t IdAt(std::int64_t handle) const;
  std::int64_t StoredId(std::size_t list, std::size_t offset) const;  // at any address in a mapped file
  // fn(id, handle) for every vector that is not removed, by ascending handle.
  template <typename Function>
  void ForEach(const Function& fn) const;
  std::size_t count() const { return count_; }  // vectors that are not removed
  std::size_t positions() const { return mode_ == Mode::kTable ? table_.size() : count_; }  // all
  std::size_t removed() const { return positions() - count_; }

 private:
  void MakeTable();
  void BuildLookup() const;
  void InsertNewInLists();

  Mode mode_ = Mode::kSequential;
  const faiss::IndexIVF* lists_ = nullptr;
  std::size_t count_ = 0;
  std::int64_t next_id_ = 0;
  bool ascending_ = true;            // ids of table_ are strictly ascending: binary search serves for lookups
  std::vector<std::int64_t> table_;  // kTable: id of each position
  mutable std::mutex lookup_mutex_;
  mutable IdLookup lookup_;  // empty, or holds every id

  std::vector<std::int64_t> next_ids_;      // what Prepare made
  std::span<const std::int64_t> prepared_;  // what Append will take; empty in sequential mode
  std::size_t prepared_count_ = 0;
  std::vector<std::size_t> list_sizes_before_;  // stored mode with a lookup: where the new entries begin
};

inline std::int64_t IdMap::StoredId(std::size_t list, std::size_t offset) const {
  std::int64_t id;
  const auto* ids = reinterpret_cast<const std::byte*>(lists_->invlists->get_ids(list));
  std::memcpy(&id, ids + offset * sizeof id, sizeof id);
  return id;
}

template <typename Function>
void IdMap::ForEach(const Function& fn) const {
  if (mode_ == Mode::kStored) {
    for (std::size_t list = 0; list < lists_->nlist; ++list) {
      const std::size_t size = lists_->invlists->list_size(list);
      for (std::size_t i = 0; i < size; ++i)
        fn(StoredId(list, i), static_cast<std::int64_t>(faiss::lo_build(list, i)));
    }
    return;
  }
  const bool table = mode_ == Mode::kTable;
  for (std::size_t i = 0; i < positions(); ++i) {
    const std::int64_t id = table ? table_[i] : static_cast<std::int64_t>(i);
    if (id >= 0) fn(id, static_cast<std::int64_t>(i));
  }
}

}  // namespace densenode
