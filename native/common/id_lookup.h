// An open-addressing hash from ids to handles (positions, or places in inverted lists) that stores the
// handles only: 8 bytes a slot at most three quarters full. The id of a handle is asked from the caller.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace densenode {

class IdLookup {
 public:
  static constexpr std::int64_t kNone = -1;

  bool empty() const { return slots_.empty(); }
  std::size_t memory_bytes() const { return slots_.capacity() * sizeof(std::int64_t); }
  void Clear() {
    slots_ = {};
    used_ = 0;
  }
  // Room for `count` handles in all, so that later insertions do not allocate.
  template <typename IdOf>
  void Reserve(std::size_t count, const IdOf& id_of) {
    std::size_t size = 16;
    while (size - size / 4 < count) size *= 2;
    if (size <= slots_.size()) return;
    std::vector<std::int64_t> old(size, kNone);
    old.swap(slots_);
    for (std::int64_t handle : old) {
      if (handle != kNone) Place(id_of(handle), handle);
    }
  }
  // `id` is not there yet and room for it was reserved.
  void Insert(std::int64_t id, std::int64_t handle) {
    Place(id, handle);
    ++used_;
  }
  template <typename IdOf>
  std::int64_t Find(std::int64_t id, const IdOf& id_of) const {
    if (slots_.empty()) return kNone;
    const std::size_t mask = slots_.size() - 1;
    for (std::size_t i = Hash(id) & mask; slots_[i] != kNone; i = (i + 1) & mask) {
      if (id_of(slots_[i]) == id) return slots_[i];
    }
    return kNone;
  }
  std::size_t size() const { return used_; }

 private:
  // The finalizer of MurmurHash3: ids that follow one another spread over the table.
  static std::uint64_t Hash(std::int64_t id) {
    auto x = static_cast<std::uint64_t>(id);
    x = (x ^ (x >> 33)) * 0xff51afd7ed558ccdULL;
    x = (x ^ (x >> 33)) * 0xc4ceb9fe1a85ec53ULL;
    return x ^ (x >> 33);
  }
  void Place(std::int64_t id, std::int64_t handle) {
    const std::size_t mask = slots_.size() - 1;
    std::size_t i = Hash(id) & mask;
    while (slots_[i] != kNone) i = (i + 1) & mask;
    slots_[i] = handle;
  }
  std::vector<std::int64_t> slots_;
  std::size_t used_ = 0;
};

}  // namespace densenode
