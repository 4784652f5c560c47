#include "lexical/segment_search.h"

#include <immintrin.h>

#include <algorithm>
#include <bit>
#include <limits>
#include <utility>

namespace densenode {
namespace {

constexpr std::uint32_t kWindow = WindowSums::kDocuments;
// Documents that are looked at together: one bit each of a word.
constexpr std::uint32_t kGroup = 64;
// Where every so many document has a word, looking at all sums costs less than telling them apart.
constexpr std::uint32_t kMany = 8;
// What a word adds is above 0 unless its bound is smaller than this; a sum of 0 then says that no word was
// there.
constexpr float kTiny = 1e-20f;
// To look a document up in a list costs about as much as to go through so many postings.
constexpr std::size_t kPostingsPerLookup = 4;

// One bit for each of 64 sums: whether it can reach the threshold.
std::uint64_t SumsThatReach(const float* sums, float rest, float threshold) {
  const __m256 rests = _mm256_set1_ps(rest), thresholds = _mm256_set1_ps(threshold);
  std::uint64_t above = 0;
  for (std::uint32_t i = 0; i < kGroup; i += 8) {
    const __m256 most = _mm256_add_ps(_mm256_loadu_ps(sums + i), rests);
    const int mask = _mm256_movemask_ps(_mm256_cmp_ps(most, thresholds, _CMP_GE_OQ));
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
      allowed_count_(allowed ? allowed->count(segment) : 0),
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

// One bit for each document of a group: it is there and may be found.
std::uint64_t SegmentSearch::Searchable(std::size_t group) const {
  if (allowed_) return allowed_[group];
  return live_.removals ? ~live_.removals->bits()[group] : ~std::uint64_t{0};
}

std::size_t SegmentSearch::Sample(std::size_t word, std::size_t most, TopHits* sample) const {
  const auto own = std::find_if(cursors_.begin(), cursors_.end(),
                                [word](const Cursor& cursor) { return cursor.word == word; });
  if (own == cursors_.end()) return 0;
  const auto count = static_cast<std::uint32_t>(std::min<std::size_t>(most, own->list.size));
  const auto after = static_cast<std::size_t>(own - cursors_.begin()) + 1;
  for (std::uint32_t i = 0; i < count; ++i) {
    const std::uint32_t document = own->list.documents[i];
    const auto has = [document](const Cursor& cursor) {
      return cursor.list.Find(document) != PostingList::kNone;
    };
    if (!IsSearchable(document) || std::any_of(cursors_.begin(), own, has)) continue;
    const float score = own->weight * impacts_[own->list.classes[i]];
    sample->Offer(LookUp(document, score, after, sample->threshold()), base_ + document);
  }
  return count;
}

// `score` with what the words from `from` on add, or less where that cannot reach the threshold.
float SegmentSearch::LookUp(std::uint32_t document, float score, std::size_t from, float threshold) const {
  for (std::size_t i = from; i < cursors_.size() && score + cursors_[i].rest >= threshold; ++i) {
    const std::uint32_t posting = cursors_[i].list.Find(document);
    if (posting != PostingList::kNone)
      score += cursors_[i].weight * impacts_[cursors_[i].list.classes[posting]];
  }
  return score;
}

// A document with its sum over the words that are gone through.
void SegmentSearch::OfferWith(std::uint32_t document, float sum, std::size_t gone_through,
                              TopHits* hits) const {
  if (!IsSearchable(document)) return;
  hits->Offer(LookUp(document, sum, gone_through, hits->threshold()), base_ + document);
}

void SegmentSearch::Run(WindowSums* window, TopHits* hits) {
  if (allowed_ && allowed_count_ * cursors_.size() * kPostingsPerLookup < postings_)
    RunAllowed(hits);
  else
    RunWindows(window, hits);
}

// Few documents are allowed: each is looked up.
void SegmentSearch::RunAllowed(TopHits* hits) const {
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
    const auto is_many = [this](const Cursor& cursor) {
      return cursor.list.size > live_.segment->documents() / kMany || cursor.bound < kTiny;
    };
    const auto end = cursors_.begin() + static_cast<std::ptrdiff_t>(gone_through);
    norms_ || std::any_of(cursors_.begin(), end, is_many) ? GoThroughMany(begin, gone_through, window, hits)
                                                          : GoThroughFew(begin, gone_through, window, hits);
  }
}

// The first so many words are gone through; documents without any of them cannot be among the best.
std::size_t SegmentSearch::GoneThrough(float threshold) const {
  std::size_t count = cursors_.size();
  while (count > 0 && cursors_[count - 1].rest < threshold) --count;
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

// Adds a word to the sums of the window; touch(document, sum so far) is called before.
template <typename Touch>
void SegmentSearch::AddUp(Cursor* cursor, std::uint32_t begin, WindowSums* window, const Touch& touch) const {
  const std::uint16_t* const documents = cursor->list.documents;
  const std::uint16_t* const classes = cursor->list.classes;
  const float* const impacts = impacts_;
  float* const sums = window->sums.data();
  const float weight = cursor->weight;
  const std::uint32_t end = begin + kWindow, size = cursor->list.size;
  std::uint32_t i = cursor->next;
  for (; i < size && documents[i] < end; ++i) {
    const std::uint32_t document = documents[i] - begin;
    touch(document, sums[document]);
    sums[document] += weight * impacts[classes[i]];
  }
  cursor->next = i;
}

void SegmentSearch::GoThroughMany(std::uint32_t begin, std::size_t gone_through, WindowSums* window,
                                  TopHits* hits) {
  for (std::size_t i = 0; i < gone_through; ++i) AddUp(&cursors_[i], begin, window, [](auto, auto) {});
  float* const sums = window->sums.data();
  const std::uint32_t count = std::min(kWindow, live_.segment->documents() - begin);
  if (norms_) {
    for (std::uint32_t i = 0; i < count; ++i) sums[i] *= norms_[begin + i];
  }
  const float rest = gone_through < cursors_.size() ? cursors_[gone_through].rest : 0;
  for (std::uint32_t group = 0; group < count; group += kGroup) {
    for (std::uint64_t bits = SumsThatReach(sums + group, rest, hits->threshold()); bits != 0;
         bits &= bits - 1) {
      const std::uint32_t i = group + static_cast<std::uint32_t>(std::countr_zero(bits));
      if (sums[i] > 0) OfferWith(begin + i, sums[i], gone_through, hits);
    }
  }
  std::fill_n(sums, count, 0.0f);
}

void SegmentSearch::GoThroughFew(std::uint32_t begin, std::size_t gone_through, WindowSums* window,
                                 TopHits* hits) {
  float* const sums = window->sums.data();
  std::uint16_t* const touched = window->touched.data();
  float* const candidates = window->candidates.data();
  std::size_t count = 0;
  for (std::size_t i = 0; i < gone_through; ++i) {
    AddUp(&cursors_[i], begin, window, [&](std::uint32_t document, float sum) {
      touched[count] = static_cast<std::uint16_t>(document);
      count = std::min<std::size_t>(count + (sum == 0), kWindow);  // whatever a file says of its classes
    });
  }
  const float rest = gone_through < cursors_.size() ? cursors_[gone_through].rest : 0;
  const float threshold = hits->threshold();
  std::size_t left = 0;
  for (std::size_t i = 0; i < count; ++i) {
    const std::uint16_t document = touched[i];
    const float sum = std::exchange(sums[document], 0.0f);
    touched[left] = document;
    candidates[left] = sum;
    left += static_cast<std::size_t>(sum + rest >= threshold) & static_cast<std::size_t>(sum > 0);
  }
  // Word by word, not document by document: the memory that one look-up waits for does not hold up the next.
  for (std::size_t i = gone_through; i < cursors_.size() && left > 0; ++i) {
    const Cursor& cursor = cursors_[i];
    const float rest_behind = i + 1 < cursors_.size() ? cursors_[i + 1].rest : 0;
    const std::size_t looked_up = std::exchange(left, 0);
    for (std::size_t j = 0; j < looked_up; ++j) {
      const std::uint16_t document = touched[j];
      const std::uint32_t posting = cursor.list.Find(begin + document);
      const bool has = posting != PostingList::kNone;
      const float impact = impacts_[cursor.list.classes[has ? posting : 0]] * static_cast<float>(has);
      const float sum = candidates[j] + cursor.weight * impact;
      touched[left] = document;
      candidates[left] = sum;
      left += sum + rest_behind >= threshold;
    }
  }
  for (std::size_t i = 0; i < left; ++i) {
    const std::uint32_t document = begin + touched[i];
    if (IsSearchable(document)) hits->Offer(candidates[i], base_ + document);
  }
}

}  // namespace densenode
