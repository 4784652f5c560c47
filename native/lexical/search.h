// The best documents of a query: MaxScore over windows of documents, exact.
//
// Words are taken by falling weight. As soon as k documents are known, a word whose highest impact, with
// those of all lighter words, cannot bring a document among them is no longer gone through: it is looked up
// for documents that other words have found. (Turtle and Flood, "Query evaluation: strategies and
// optimizations", 1995; taking documents in windows as Lucene's block-max MAXSCORE does.) Scores are added up
// in the same order with and without this, so that they do not depend on it.
#pragma once

#include <cstdint>
#include <vector>

#include "lexical/query.h"
#include "lexical/scoring.h"
#include "lexical/snapshot.h"
#include "lexical/top_hits.h"

namespace densenode {

// Searches of one thread.
class Searcher {
 public:
  Searcher(const Snapshot& snapshot, const Scoring& scoring)
      : snapshot_(snapshot), scoring_(scoring), sums_(kWindow) {}
  // Fills `hits`; positions are segment * 65,536 + document. Scores lack query.constant.
  void Search(const Query& query, TopHits* hits);

 private:
  // Documents of one window: their sums, 16 KiB, stay in the first-level cache.
  static constexpr std::uint32_t kWindow = 4096;
  class InSegment;

  const Snapshot& snapshot_;
  const Scoring& scoring_;
  std::vector<float> sums_;  // zero between windows
};

}  // namespace densenode
