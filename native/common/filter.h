// What a search may return, by ids: vectors of a VectorIndex, documents of a LexicalIndex.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <vector>

#include "common/id_lookup.h"

namespace densenode {

// A set of ids: a bitmap where they lie close together, a hash where not.
class IdSet {
 public:
  IdSet() = default;
  explicit IdSet(std::span<const std::int64_t> ids);
  bool Has(std::int64_t id) const {
    if (sorted_.empty() || id < sorted_.front() || id > sorted_.back()) return false;
    if (!bitmap_.empty()) {
      const auto bit = static_cast<std::uint64_t>(id - sorted_.front());
      return bitmap_[bit / 8] >> (bit % 8) & 1;
    }
    return lookup_.Find(id, [this](std::int64_t at) { return sorted_[static_cast<std::size_t>(at)]; }) !=
           IdLookup::kNone;
  }
  const std::vector<std::int64_t>& sorted() const { return sorted_; }  // distinct

 private:
  std::vector<std::int64_t> sorted_;
  std::vector<std::uint8_t> bitmap_;
  IdLookup lookup_;
};

// Made on the JavaScript thread at no cost; what a search needs of it is made by the first thread that
// searches, and shared by all threads of the call.
class Filter {
 public:
  // All that are given must hold. The arrays are read in place and must outlive the filter.
  struct Conditions {
    std::int64_t from = 0;
    std::int64_t to = std::numeric_limits<std::int64_t>::max();  // one above the largest
    std::optional<std::span<const std::int64_t>> ids = {};       // one of these
    std::span<const std::int64_t> exclude = {};                  // none of these
    // Bit id % 8 of byte id / 8 is set (as FAISS's IDSelectorBitmap); ids beyond the end have none.
    std::optional<std::span<const std::uint8_t>> bitmap = {};
  };
  explicit Filter(Conditions conditions) : conditions_(std::move(conditions)) {}

  const Conditions& conditions() const { return conditions_; }
  // What it allows of an index, as Selected(*this, parts of the index...): made by the first thread that
  // asks, and kept until `version`, of the index, is another. Always for the same index. Safe from many
  // threads. Throws std::bad_alloc.
  template <typename Selected, typename... Parts>
  std::shared_ptr<const Selected> Of(std::uint64_t version, const Parts&... parts) const {
    std::lock_guard lock(mutex_);
    Prepare();
    if (!selected_ || version_ != version) {
      selected_ = std::make_shared<const Selected>(*this, parts...);
      version_ = version;
    }
    return std::static_pointer_cast<const Selected>(selected_);
  }

  // After the first Of:
  bool Allows(std::int64_t id) const {
    return InRange(id) && (!conditions_.ids || ids_.Has(id)) && !exclude_.Has(id);
  }
  // The conditions that cost no lookup: from, to and bitmap.
  bool InRange(std::int64_t id) const {
    if (id < conditions_.from || id >= conditions_.to) return false;
    if (!conditions_.bitmap) return true;
    const auto bit = static_cast<std::uint64_t>(id);
    return bit / 8 < conditions_.bitmap->size() && ((*conditions_.bitmap)[bit / 8] >> (bit % 8) & 1);
  }
  const IdSet& ids() const { return ids_; }
  const IdSet& exclude() const { return exclude_; }

 private:
  void Prepare() const;

  Conditions conditions_;
  mutable std::mutex mutex_;
  mutable bool prepared_ = false;
  mutable IdSet ids_, exclude_;
  mutable std::uint64_t version_ = 0;
  mutable std::shared_ptr<const void> selected_;
};

}  // namespace densenode
