// The best documents of a query: MaxScore over windows of documents, exact.
//
// Words are taken by falling weight. As soon as k documents are known, a word whose highest impact, with
// those of all lighter words, cannot bring a document among them is no longer gone through: it is looked up
// for documents that other words have found. (Turtle and Flood, "Query evaluation: strategies and
// optimizations", 1995; taking documents in windows as Lucene's block-max MAXSCORE does.) A sample of
// documents of the heaviest words, looked up in full at the start, tells what the best have to reach before
// any list is gone through. Scores are added up in the same order with and without this, so that they do not
// depend on it.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "lexical/segment_search.h"

namespace densenode {

// Searches of one thread.
class Searcher {
 public:
  // `allowed` may be null: all documents.
  Searcher(const Snapshot& snapshot, const Scoring& scoring, const AllowedDocuments* allowed = nullptr);
  // Fills `hits`; positions are segment * 65,536 + document. Scores lack query.constant.
  void Search(const Query& query, TopHits* hits);

 private:
  void Sample(const Query& query, TopHits* hits);

  std::vector<SegmentSearch> segments_;
  std::unique_ptr<WindowSums> window_ = std::make_unique<WindowSums>();
  const bool samples_;
};

}  // namespace densenode
