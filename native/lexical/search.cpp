#include "lexical/search.h"

#include <immintrin.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <limits>
#include <utility>
#include <vector>

namespace densenode {
namespace {

struct Cursor {
  PostingList list;
  float weight;
  float bound;             // no document gets more from this word
  std::uint32_t next = 0;  // posting
  float rest = 0;          // no document gets more from this word and all lighter ones

  // The posting of `document`, which ascends from call to call, or null where it has none.
  const std::uint16_t* ClassAt(std::uint32_t document) {
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
};

}  // namespace

class Searcher::InSegment {
 public:
  InSegment(const Snapshot& snapshot, const Scoring& scoring, const Query& query, std::size_t segment,
            float* sums, TopHits* hits)
      : live_(snapshot.segments()[segment]),
        impacts_(snapshot.impacts(segment).data()),
        norms_(scoring.normalizes() ? snapshot.norms(segment).data() : nullptr),
        base_(std::uint64_t{segment} * Segment::kMostDocuments),
        sums_(sums),
        hits_(hits) {
    for (const QueryTerm& term : query.terms) {
      if (term.term[segment] != Segment::kNone)
        AddCursor(term.weight, live_.segment->List(term.term[segment]));
    }
    // Sums of floats may exceed the sum of the bounds by their rounding.
    const double slack = 1 + 1e-7 * static_cast<double>(cursors_.size() + 4);
    double rest = 0;
    for (auto cursor = cursors_.rbegin(); cursor != cursors_.rend(); ++cursor) {
      rest += cursor->bound;
      cursor->rest = static_cast<float>(rest * slack);
    }
  }

  void Run() {
    for (;;) {
      const std::size_t gone_through = GoneThrough();
      const std::uint32_t first = NextDocument(gone_through);
      if (first == Segment::kMostDocuments) return;
      const std::uint32_t begin = first / kWindow * kWindow;
      for (std::size_t i = 0; i < gone_through; ++i) AddUp(&cursors_[i], begin);
      for (std::uint32_t group = 0; group < kWindow / kGroup; ++group) {
        if (touched_[group] != 0) Collect(group, begin + group * kGroup, gone_through);
      }
    }
  }

 private:
  // Documents that are looked at together: one bit each of a word says which of them have a sum.
  static constexpr std::uint32_t kGroup = 64;

  void AddCursor(float weight, const PostingList& list) {
    float bound = std::numeric_limits<float>::infinity();  // norms are not bounded here
    if (!norms_) {
      bound = 0;
      for (std::uint16_t code : list.best) bound = std::max(bound, impacts_[code]);
      bound *= weight;
    }
    cursors_.push_back({list, weight, bound});
  }

  // The first so many words are gone through; documents without any of them cannot be among the best.
  std::size_t GoneThrough() const {
    std::size_t count = cursors_.size();
    while (count > 0 && cursors_[count - 1].rest <= hits_->threshold()) --count;
    return count;
  }

  std::uint32_t NextDocument(std::size_t gone_through) const {
    std::uint32_t first = Segment::kMostDocuments;
    for (std::size_t i = 0; i < gone_through; ++i) {
      const Cursor& cursor = cursors_[i];
      if (cursor.next < cursor.list.size)
        first = std::min<std::uint32_t>(first, cursor.list.documents[cursor.next]);
    }
    return first;
  }

  // Adds a word to the sums of the window.
  void AddUp(Cursor* cursor, std::uint32_t begin) {
    // Where every third document has the word, telling them apart costs more than looking at all.
    if (cursor->list.size > live_.segment->documents() / 3) {
      std::fill(touched_.begin(), touched_.end(), ~std::uint64_t{0});
      AddUpPostings(cursor, begin, [](std::uint32_t) {});
    } else {
      AddUpPostings(cursor, begin, [this](std::uint32_t document) {
        touched_[document / kGroup] |= std::uint64_t{1} << (document % kGroup);
      });
    }
  }

  template <typename Touch>
  void AddUpPostings(Cursor* cursor, std::uint32_t begin, const Touch& touch) {
    const std::uint16_t* const documents = cursor->list.documents;
    const std::uint16_t* const classes = cursor->list.classes;
    const float* const impacts = impacts_;
    float* const sums = sums_;
    const float weight = cursor->weight;
    const std::uint32_t end = begin + kWindow, size = cursor->list.size;
    std::uint32_t i = cursor->next;
    for (; i < size && documents[i] < end; ++i) {
      const std::uint32_t document = documents[i] - begin;
      sums[document] += weight * impacts[classes[i]];
      touch(document);
    }
    cursor->next = i;
  }

  // Offers the documents of a group, from `first` on, and clears their sums.
  void Collect(std::uint32_t group, std::uint32_t first, std::size_t gone_through) {
    float* const sums = sums_ + group * kGroup;
    std::uint64_t left = std::exchange(touched_[group], 0);
    if (norms_) {
      // Behind the last document there are no norms, and no sums either.
      const std::uint32_t end = std::min(first + kGroup, live_.segment->documents());
      for (std::uint32_t document = first; document < end; ++document)
        sums[document - first] *= norms_[document];
    }
    const float rest = gone_through < cursors_.size() ? cursors_[gone_through].rest : 0;
    const bool few = std::popcount(left) <= 8;
    if (!few) left &= SumsAbove(sums, rest, hits_->threshold());
    for (std::uint64_t bits = left; bits != 0; bits &= bits - 1) {
      const auto i = static_cast<std::uint32_t>(std::countr_zero(bits));
      const float sum = sums[i];
      if (few) sums[i] = 0;
      if (sum + rest > hits_->threshold() && sum > 0) Finish(first + i, sum, gone_through);
    }
    if (!few) std::fill_n(sums, kGroup, 0.0f);
  }

  // One bit for each of 64 sums: whether it can come above the threshold.
  static std::uint64_t SumsAbove(const float* sums, float rest, float threshold) {
    const __m256 rests = _mm256_set1_ps(rest), thresholds = _mm256_set1_ps(threshold);
    std::uint64_t above = 0;
    for (std::uint32_t i = 0; i < kGroup; i += 8) {
      const __m256 most = _mm256_add_ps(_mm256_loadu_ps(sums + i), rests);
      const int mask = _mm256_movemask_ps(_mm256_cmp_ps(most, thresholds, _CMP_GT_OQ));
      above |= static_cast<std::uint64_t>(mask) << i;
    }
    return above;
  }

  // Looks the other words up for one document.
  void Finish(std::uint32_t document, float score, std::size_t gone_through) {
    if (!live_.Has(document)) return;
    for (std::size_t i = gone_through; i < cursors_.size(); ++i) {
      if (score + cursors_[i].rest <= hits_->threshold()) return;
      if (const std::uint16_t* code = cursors_[i].ClassAt(document))
        score += cursors_[i].weight * impacts_[*code];
    }
    hits_->Offer(score, base_ + document);
  }

  const LiveSegment& live_;
  const float* impacts_;
  const float* norms_;  // null: none
  std::uint64_t base_;
  float* sums_;
  TopHits* hits_;
  std::vector<Cursor> cursors_;
  std::array<std::uint64_t, kWindow / kGroup> touched_{};
};

void Searcher::Search(const Query& query, TopHits* hits) {
  for (std::size_t segment = 0; segment < snapshot_.segments().size(); ++segment)
    InSegment(snapshot_, scoring_, query, segment, sums_.data(), hits).Run();
}

}  // namespace densenode
