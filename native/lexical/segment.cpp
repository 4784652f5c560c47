#include "lexical/segment.h"

#include <algorithm>
#include <bit>
#include <numeric>
#include <utility>

namespace densenode {
namespace {

template <typename T>
std::size_t BytesOf(const std::vector<T>& values) {
  return values.capacity() * sizeof(T);
}

// Impact rises with tf and falls with the length, whatever the parameters are: of the classes of a list only
// those count that no other one beats in both. `front` keeps them, by ascending tf and length.
void Insert(std::uint16_t code, const std::vector<ImpactClass>& classes, std::vector<std::uint16_t>* front) {
  const ImpactClass& added = classes[code];
  const auto beats = [&](std::uint16_t other) {
    return classes[other].tf >= added.tf && classes[other].length <= added.length;
  };
  if (std::any_of(front->begin(), front->end(), beats)) return;
  std::erase_if(*front, [&](std::uint16_t other) {
    return classes[other].tf <= added.tf && classes[other].length >= added.length;
  });
  front->push_back(code);
}

// So many postings on average begin with the same entry: one comparison finds them.
constexpr std::uint32_t kPostingsPerBegin = 8;

// The documents of a segment have 16 bits; so many lower ones do not choose the entry.
int ShiftFor(std::uint32_t postings) {
  return 16 - std::bit_width(std::bit_floor(postings / kPostingsPerBegin)) + 1;
}

}  // namespace

Segment::Segment(Parts parts) : parts_(std::move(parts)) {
  total_length_ = std::accumulate(parts_.lengths.begin(), parts_.lengths.end(), std::uint64_t{0});
  PrepareLongLists();
}

void Segment::PrepareLongLists() {
  std::vector<std::uint16_t> front;
  best_begins_.push_back(0);
  begins_begins_.push_back(0);
  for (std::uint32_t term = 0; term < parts_.terms.size(); ++term) {
    const PostingList list = List(term);
    if (list.size <= kScanned) continue;
    front.clear();
    for (std::uint32_t i = 0; i < list.size; ++i) Insert(list.classes[i], parts_.classes, &front);
    best_.insert(best_.end(), front.begin(), front.end());
    best_begins_.push_back(static_cast<std::uint32_t>(best_.size()));
    long_terms_.push_back(term);
    const int shift = ShiftFor(list.size);
    std::uint32_t posting = 0;
    for (std::uint32_t document = 0; document < kMostDocuments; document += 1u << shift) {
      while (posting < list.size && list.documents[posting] < document) ++posting;
      begins_.push_back(static_cast<std::uint16_t>(posting));
    }
    begins_begins_.push_back(static_cast<std::uint32_t>(begins_.size()));
  }
}

PostingList Segment::List(std::uint32_t term) const {
  const std::uint32_t begin = parts_.list_begins[term];
  PostingList list;
  list.documents = parts_.posting_documents.data() + begin;
  list.classes = parts_.posting_classes.data() + begin;
  list.size = parts_.list_begins[term + 1] - begin;
  list.best = {list.classes, list.size};
  list.readable = parts_.posting_documents.size() - begin;
  if (list.size > kScanned) {
    const auto found = std::lower_bound(long_terms_.begin(), long_terms_.end(), term);
    if (found != long_terms_.end() && *found == term) {
      const std::size_t i = static_cast<std::size_t>(found - long_terms_.begin());
      list.best = {best_.data() + best_begins_[i], best_begins_[i + 1] - best_begins_[i]};
      list.begins = begins_.data() + begins_begins_[i];
      list.shift = ShiftFor(list.size);
    }
  }
  return list;
}

std::size_t Segment::memory_bytes() const {
  return BytesOf(parts_.lengths) + BytesOf(parts_.classes) + parts_.terms.memory_bytes() +
         BytesOf(parts_.list_begins) + BytesOf(parts_.posting_documents) + BytesOf(parts_.posting_classes) +
         BytesOf(ids_) + BytesOf(by_id_) + BytesOf(long_terms_) + BytesOf(best_begins_) + BytesOf(best_) +
         BytesOf(begins_begins_) + BytesOf(begins_);
}

void Segment::SetIds(std::vector<std::int64_t> ids) {
  ids_ = std::move(ids);
  if (!std::is_sorted(ids_.begin(), ids_.end())) {
    by_id_.resize(ids_.size());
    std::iota(by_id_.begin(), by_id_.end(), std::uint16_t{0});
    std::sort(by_id_.begin(), by_id_.end(), [this](auto a, auto b) { return ids_[a] < ids_[b]; });
  }
  smallest_id_ = by_id_.empty() ? ids_.front() : ids_[by_id_.front()];
  largest_id_ = by_id_.empty() ? ids_.back() : ids_[by_id_.back()];
}

std::uint32_t Segment::FindId(std::int64_t id) const {
  if (id < smallest_id_ || id > largest_id_) return kNone;
  if (by_id_.empty()) {
    const auto found = std::lower_bound(ids_.begin(), ids_.end(), id);
    return *found == id ? static_cast<std::uint32_t>(found - ids_.begin()) : kNone;
  }
  const auto found =
      std::lower_bound(by_id_.begin(), by_id_.end(), id,
                       [this](std::uint16_t document, auto key) { return ids_[document] < key; });
  return ids_[*found] == id ? *found : kNone;
}

}  // namespace densenode
