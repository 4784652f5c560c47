// The part of a search that goes through one segment.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "common/top_hits.h"
#include "lexical/allowed_documents.h"
#include "lexical/query.h"
#include "lexical/scoring.h"
#include "lexical/snapshot.h"

namespace densenode {

// Sums of a window of documents, which stay in the first-level cache: 16 KiB. Zero between windows.
struct WindowSums {
  static constexpr std::uint32_t kDocuments = 4096;
  std::array<float, kDocuments> sums{};
  // Documents that have a sum, then those of them that may be among the best, with it.
  std::array<std::uint16_t, kDocuments + 1> touched;
  std::array<float, kDocuments> candidates;
};

// For one query after the other.
class SegmentSearch {
 public:
  // `allowed` may be null: all documents. Everything must outlive it.
  SegmentSearch(const Snapshot& snapshot, const Scoring& scoring, const AllowedDocuments* allowed,
                std::size_t segment);

  void Begin(const Query& query);
  std::size_t postings() const { return postings_; }
  // Offers, with their scores or less, up to `most` documents that have this word of the query and no heavier
  // one. Returns how many were looked at.
  std::size_t Sample(std::size_t word, std::size_t most, TopHits* sample) const;
  // Offers whatever may be among the best.
  void Run(WindowSums* window, TopHits* hits);

 private:
  // A word in this segment.
  struct Cursor {
    PostingList list;
    float weight;
    float bound;             // no document gets more from this word
    std::size_t word;        // of the query
    std::uint32_t next = 0;  // posting
    float rest = 0;          // no document gets more from this word and all lighter ones
  };

  void AddCursor(const QueryTerm& term, std::size_t word);
  std::uint64_t Searchable(std::size_t group) const;
  bool IsSearchable(std::uint32_t document) const { return Searchable(document / 64) >> (document % 64) & 1; }
  std::size_t GoneThrough(float threshold) const;
  std::uint32_t NextDocument(std::size_t gone_through) const;
  float LookUp(std::uint32_t document, float score, std::size_t from, float threshold) const;
  void OfferWith(std::uint32_t document, float sum, std::size_t gone_through, TopHits* hits) const;
  void RunAllowed(TopHits* hits) const;
  void RunWindows(WindowSums* window, TopHits* hits);
  void GoThroughMany(std::uint32_t begin, std::size_t gone_through, WindowSums* window, TopHits* hits);
  void GoThroughFew(std::uint32_t begin, std::size_t gone_through, WindowSums* window, TopHits* hits);
  template <typename Touch>
  void AddUp(Cursor* cursor, std::uint32_t begin, WindowSums* window, const Touch& touch) const;

  const LiveSegment& live_;
  const float* impacts_;
  const float* norms_;            // null: none
  const std::uint64_t* allowed_;  // null: all
  std::size_t allowed_count_;
  std::size_t segment_;
  std::uint64_t base_;
  std::size_t postings_ = 0;
  std::vector<Cursor> cursors_;  // by falling weight
};

}  // namespace densenode
