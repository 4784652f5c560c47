#include "lexical/search.h"

#include <algorithm>
#include <cstddef>

namespace densenode {
namespace {

// Documents of the sample: enough that k good ones are among them, where that pays.
constexpr std::size_t kSample = 64;
constexpr std::size_t kSampleOfK = 2;
constexpr std::size_t kMostSampled = 1024;
// Shorter lists are gone through as fast.
constexpr std::size_t kPostingsPerSampled = 8;

}  // namespace

Searcher::Searcher(const Snapshot& snapshot, const Scoring& scoring, const AllowedDocuments* allowed)
    : samples_(!scoring.normalizes()) {
  segments_.reserve(snapshot.segments().size());
  for (std::size_t s = 0; s < snapshot.segments().size(); ++s)
    segments_.emplace_back(snapshot, scoring, allowed, s);
}

void Searcher::Search(const Query& query, TopHits* hits) {
  for (SegmentSearch& segment : segments_) segment.Begin(query);
  if (samples_) Sample(query, hits);
  for (SegmentSearch& segment : segments_) segment.Run(window_.get(), hits);
}

void Searcher::Sample(const Query& query, TopHits* hits) {
  std::size_t left = std::max(kSample, kSampleOfK * hits->k()), postings = 0;
  for (const SegmentSearch& segment : segments_) postings += segment.postings();
  if (left > kMostSampled || postings < left * kPostingsPerSampled) return;
  TopHits sample(hits->k());
  for (std::size_t word = 0; word < query.terms.size() && left > 0; ++word) {
    for (SegmentSearch& segment : segments_) left -= segment.Sample(word, left, &sample);
  }
  if (sample.full()) hits->Expect(sample.threshold());
}

}  // namespace densenode
