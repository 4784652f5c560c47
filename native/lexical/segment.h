// Up to 65,536 documents inverted: for each word the documents that have it. Immutable but for the ids, which
// are given once, before others see it.
//
// A posting takes 4 bytes: the document (16 bits within the segment) and the number of its class. A class is
// a pair (times that the word stands there, words of the document); all that scoring needs of a posting is in
// it, so a change of the average length means new impacts for the classes and not for the postings.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "lexical/posting_list.h"
#include "lexical/term_table.h"

namespace densenode {

struct ImpactClass {
  std::uint32_t tf;
  std::uint32_t length;
  bool operator==(const ImpactClass&) const = default;
};

class Segment {
 public:
  static constexpr std::size_t kMostDocuments = 65536;
  static constexpr std::size_t kMostClasses = 65536;
  static constexpr std::size_t kMostPostings = std::size_t{1} << 31;
  static constexpr std::uint32_t kNone = TermTable::kNone;

  struct Parts {
    std::vector<std::uint32_t> lengths;  // words of each document
    std::vector<ImpactClass> classes;
    TermTable terms;                         // in ascending order
    std::vector<std::uint32_t> list_begins;  // terms + 1
    std::vector<std::uint16_t> posting_documents, posting_classes;
  };
  explicit Segment(Parts parts);

  std::uint32_t documents() const { return static_cast<std::uint32_t>(parts_.lengths.size()); }
  std::uint64_t total_length() const { return total_length_; }
  std::size_t memory_bytes() const;
  const Parts& parts() const { return parts_; }

  PostingList List(std::uint32_t term) const;
  std::uint32_t DocumentsWith(std::uint32_t term) const {
    return parts_.list_begins[term + 1] - parts_.list_begins[term];
  }

  void SetIds(std::vector<std::int64_t> ids);
  std::span<const std::int64_t> ids() const { return ids_; }
  // The document of an id, or kNone.
  std::uint32_t FindId(std::int64_t id) const;

 private:
  void PrepareLongLists();

  Parts parts_;
  std::uint64_t total_length_ = 0;
  std::vector<std::int64_t> ids_;
  std::int64_t smallest_id_ = 0, largest_id_ = -1;
  std::vector<std::uint16_t> by_id_;  // documents in ascending order of ids; empty where that is their own
  // Of lists longer than kScanned postings: `long_terms_` ascending, their `best` one after another.
  static constexpr std::uint32_t kScanned = 64;
  std::vector<std::uint32_t> long_terms_, best_begins_;
  std::vector<std::uint16_t> best_;
  // Of the same lists: PostingList::begins, one list after another.
  std::vector<std::uint32_t> begins_begins_;
  std::vector<std::uint16_t> begins_;
};

}  // namespace densenode
