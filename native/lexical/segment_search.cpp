#include "lexical/segment_search.h"

#include <immintrin.h>

#include <algorithm>
#include <bit>
#include <limits>
#include <utility>

namespace densenode {
namespace {

constexpr std::uint32_t kGroup = WindowSums::kGroup;
constexpr std::uint32_t kWindow = WindowSums::kDocuments;
// To look a document up in a list costs about as much as to go through so many postings.
constexpr std::size_t kPostingsPerLookup = 4;

// One bit for each of 64 sums: whether it can come above the threshold.
std::uint64_t SumsAbove(const float* sums, float rest, float threshold) {
  const __m256 rests = _mm256_set1_ps(rest), thresholds = _mm256_set1_ps(threshold);
  std::uint64_t above = 0;
  for (std::uint32_t i = 0; i < kGroup; i += 8) {
    const __m256 most = _mm256_add_ps(_mm256_loadu_ps(sums + i), rests);
    const int mask = _mm256_movemask_ps(_mm256_cmp_ps(most, thresholds, _CMP_GT_OQ));
    above |= static_cast<std::uint64_t>(mask) << i;
  }
  return above;
}

}  // namespace

SegmentSearch::SegmentSearch(const Snapshot& snapshot, const Scoring& scoring,
                             const AllowedDocuments* allowed, std::size_t segment)
    : live_(snapshot.segments()[segment]),
      impacts_(snapshot.impacts(segment).data()),
      norms_(scoring.normalizes() ? snapshot.norms(segment).data() : nullptr),
      allowed_(allowed ? allowed->bits(segment).data() : nullptr),
      allowed_count_(allowed ? allowed->count(segment) : live_.documents()),
      segment_(segment),
      base_(std::uint64_t{segment} * Segment::kMostDocuments) {}

void SegmentSearch::Begin(const Query& query) {
  cursors_.clear();
  postings_ = 0;
  for (std::size_t word = 0; word < query.terms.size(); ++word) AddCursor(query.terms[word], word);
  // Sums of floats may exceed the sum of the bounds by their rounding.
  const double slack = 1 + 1e-7 * static_cast<double>(cursors_.size() + 4);
  double rest = 0;
  for (auto cursor = cursors_.rbegin(); cursor != cursors_.rend(); ++cursor) {
    rest += cursor->bound;
    cursor->rest = static_cast<float>(rest * slack);
  }
}

void SegmentSearch::AddCursor(const QueryTerm& term, std::size_t word) {
  if (term.term[segment_] == Segment::kNone) return;
  const PostingList list = live_.segment->List(term.term[segment_]);
  float bound = std::numeric_limits<float>::infinity();  // norms are not bounded here
  if (!norms_) {
    bound = 0;
    for (std::uint16_t code : list.best) bound = std::max(bound, impacts_[code]);
    bound *= term.weight;
  }
  postings_ += list.size;
  cursors_.push_back({list, term.weight, bound, word});
}

const std::uint16_t* SegmentSearch::Cursor::ClassAt(std::uint32_t document) {
  if (list.ranks) return list.ranks->Has(document) ? list.classes + (*list.ranks)[document] : nullptr;
  const std::uint16_t* const documents = list.documents;
  std::uint32_t step = 1, low = next;
  while (low + step < list.size && documents[low + step] <= document) {
    low += step;
    step *= 2;
  }
  const std::uint32_t high = std::min(low + step, list.size);
  const auto* found = std::lower_bound(documents + low, documents + high, document);
  next = static_cast<std::uint32_t>(found - documents);
  return next < list.size && *found == document ? list.classes + next : nullptr;
}

// One bit for each document of a group: it is there and may be found.
std::uint64_t SegmentSearch::Searchable(std::size_t group) const {
  if (allowed_) return allowed_[group];
  return live_.removals ? ~live_.removals->bits()[group] : ~std::uint64_t{0};
}

std::size_t SegmentSearch::Sample(std::size_t word, std::size_t most, TopHits* sample) {
  const auto own = std::find_if(cursors_.begin(), cursors_.end(),
                                [word](const Cursor& cursor) { return cursor.word == word; });
  if (own == cursors_.end()) return 0;
  const auto count = static_cast<std::uint32_t>(std::min<std::size_t>(most, own->list.size));
  const auto after = static_cast<std::size_t>(own - cursors_.begin()) + 1;
  for (std::uint32_t i = 0; i < count; ++i) {
    const std::uint32_t document = own->list.documents[i];
    const auto has = [document](Cursor& cursor) { return cursor.ClassAt(document) != nullptr; };
    if (!IsSearchable(document) || std::any_of(cursors_.begin(), own, has)) continue;
    const float score = own->weight * impacts_[own->list.classes[i]];
    sample->Offer(LookUp(document, score, after, sample->threshold()), base_ + document);
  }
  for (Cursor& cursor : cursors_) cursor.next = 0;
  return count;
}

void SegmentSearch::Run(WindowSums* window, TopHits* hits) {
  if (allowed_ && allowed_count_ * cursors_.size() * kPostingsPerLookup < postings_)
    RunAllowed(hits);
  else
    RunWindows(window, hits);
}

// Few documents are allowed: each is looked up.
void SegmentSearch::RunAllowed(TopHits* hits) {
  const std::size_t groups = (live_.segment->documents() + kGroup - 1) / kGroup;
  for (std::size_t group = 0; group < groups; ++group) {
    for (std::uint64_t bits = allowed_[group]; bits != 0; bits &= bits - 1) {
      const auto document =
          static_cast<std::uint32_t>(group * kGroup + static_cast<unsigned>(std::countr_zero(bits)));
      const float sum = LookUp(document, 0, 0, hits->threshold());
      hits->Offer(norms_ ? sum * norms_[document] : sum, base_ + document);
    }
  }
}

void SegmentSearch::RunWindows(WindowSums* window, TopHits* hits) {
  for (;;) {
    const std::size_t gone_through = GoneThrough(hits->threshold());
    const std::uint32_t first = NextDocument(gone_through);
    if (first == Segment::kMostDocuments) return;
    const std::uint32_t begin = first / kWindow * kWindow;
    for (std::size_t i = 0; i < gone_through; ++i) AddUp(&cursors_[i], begin, window);
    for (std::uint32_t group = 0; group < kWindow / kGroup; ++group) {
      if (window->touched[group] != 0) Collect(group, begin + group * kGroup, gone_through, window, hits);
    }
  }
}

// The first so many words are gone through; documents without any of them cannot be among the best.
std::size_t SegmentSearch::GoneThrough(float threshold) const {
  std::size_t count = cursors_.size();
  while (count > 0 && cursors_[count - 1].rest <= threshold) --count;
  return count;
}

std::uint32_t SegmentSearch::NextDocument(std::size_t gone_through) const {
  std::uint32_t first = Segment::kMostDocuments;
  for (std::size_t i = 0; i < gone_through; ++i) {
    const Cursor& cursor = cursors_[i];
    if (cursor.next < cursor.list.size)
      first = std::min<std::uint32_t>(first, cursor.list.documents[cursor.next]);
  }
  return first;
}

// Adds a word to the sums of the window.
void SegmentSearch::AddUp(Cursor* cursor, std::uint32_t begin, WindowSums* window) {
  const auto go_through = [&](const auto& touch) {
    const std::uint16_t* const documents = cursor->list.documents;
    const std::uint16_t* const classes = cursor->list.classes;
    const float* const impacts = impacts_;
    float* const sums = window->sums.data();
    const float weight = cursor->weight;
    const std::uint32_t end = begin + kWindow, size = cursor->list.size;
    std::uint32_t i = cursor->next;
    for (; i < size && documents[i] < end; ++i) {
      const std::uint32_t document = documents[i] - begin;
      sums[document] += weight * impacts[classes[i]];
      touch(document);
    }
    cursor->next = i;
  };
  auto& touched = window->touched;
  // Where every third document has the word, telling them apart costs more than looking at all.
  if (cursor->list.size > live_.segment->documents() / 3) {
    touched.fill(~std::uint64_t{0});
    go_through([](std::uint32_t) {});
  } else {
    go_through([&](std::uint32_t document) {
      touched[document / kGroup] |= std::uint64_t{1} << (document % kGroup);
    });
  }
}

// Offers the documents of a group, from `first` on, and clears their sums.
void SegmentSearch::Collect(std::uint32_t group, std::uint32_t first, std::size_t gone_through,
                            WindowSums* window, TopHits* hits) {
  float* const sums = window->sums.data() + group * kGroup;
  std::uint64_t left = std::exchange(window->touched[group], 0);
  // Behind the last document there are neither bits nor norms, and no sums.
  const std::uint32_t end = std::min(first + kGroup, live_.segment->documents());
  if (norms_) {
    for (std::uint32_t document = first; document < end; ++document)
      sums[document - first] *= norms_[document];
  }
  const float rest = gone_through < cursors_.size() ? cursors_[gone_through].rest : 0;
  const bool few = std::popcount(left) <= 8;
  const std::uint64_t searchable = first < end ? Searchable(first / kGroup) : 0;
  left &= few ? left : searchable & SumsAbove(sums, rest, hits->threshold());
  for (std::uint64_t bits = left; bits != 0; bits &= bits - 1) {
    const auto i = static_cast<std::uint32_t>(std::countr_zero(bits));
    const float sum = sums[i];
    if (few) sums[i] = 0;
    if (sum + rest > hits->threshold() && sum > 0 && (searchable >> i & 1))
      hits->Offer(LookUp(first + i, sum, gone_through, hits->threshold()), base_ + first + i);
  }
  if (!few) std::fill_n(sums, kGroup, 0.0f);
}

// `score` with what the words from `from` on add, or less where that cannot come above the threshold.
float SegmentSearch::LookUp(std::uint32_t document, float score, std::size_t from, float threshold) {
  for (std::size_t i = from; i < cursors_.size() && score + cursors_[i].rest > threshold; ++i) {
    if (const std::uint16_t* code = cursors_[i].ClassAt(document))
      score += cursors_[i].weight * impacts_[*code];
  }
  return score;
}

}  // namespace densenode
