#include "index/sparse_segment.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <utility>

#include "common/error.h"
#include "index/filter_selection.h"

namespace densenode {
namespace {

// The part of a list that is still to be gone through, and what the query wants of it.
struct Cursor {
  const SparseSegment::Postings* postings;
  float weight;
  std::size_t next = 0;
};

// Whether one of the sums of a group is above the threshold.
constexpr std::uint32_t kGroup = 16;
bool AnyAbove(const float* sums, float threshold) {
  bool any = false;
  for (std::uint32_t i = 0; i < kGroup; ++i) any |= sums[i] > threshold;
  return any;
}

}  // namespace

void SparseRows::Check(std::size_t begin, std::size_t end) const {
  if (terms.size() != weights.size() || offsets.empty() || offsets.front() != 0 || offsets.back() < 0 ||
      static_cast<std::size_t>(offsets.back()) != terms.size()) {
    Fail(ErrorCode::kInvalidArgument, "sparse vectors need offsets from 0 to the number of their terms, ",
         terms.size(), ", and as many weights, not ", weights.size());
  }
  for (std::size_t row = begin; row < end; ++row) {
    if (offsets[row] < 0 || offsets[row + 1] < offsets[row] ||
        static_cast<std::size_t>(offsets[row + 1]) > terms.size())
      Fail(ErrorCode::kInvalidArgument, "the offsets of sparse vector ", row, " do not ascend");
    std::int64_t last = -1;
    for (const std::int32_t term : TermsOf(row)) {
      if (term <= last) {
        Fail(ErrorCode::kInvalidArgument, "the token ids of sparse vector ", row,
             " must ascend from 0 on, but ", term, " follows ", last);
      }
      last = term;
    }
    for (const float weight : WeightsOf(row)) {
      if (!(weight >= 0) || std::isinf(weight)) {
        Fail(ErrorCode::kInvalidArgument, "the weights of sparse vector ", row,
             " must be finite and not below 0, but one is ", weight);
      }
    }
  }
}

void SparseSegment::Add(std::span<const std::int32_t> terms, std::span<const float> weights) {
  for (std::size_t i = 0; i < terms.size(); ++i) {
    if (weights[i] != 0) Append(terms[i], static_cast<std::uint16_t>(rows_), weights[i]);
  }
  ++rows_;
}

void SparseSegment::Truncate(std::uint32_t rows) {
  for (auto entry = lists_.begin(); entry != lists_.end();) {
    Postings& postings = entry->second;
    const auto end = std::lower_bound(postings.rows.begin(), postings.rows.end(), rows);
    const auto kept = static_cast<std::size_t>(end - postings.rows.begin());
    postings.rows.resize(kept);
    postings.weights.resize(kept);
    entry = kept == 0 ? lists_.erase(entry) : std::next(entry);
  }
  rows_ = rows;
}

void SparseSegment::Search(std::span<const std::int32_t> terms, std::span<const float> weights,
                           std::uint64_t first, const Selection* allowed, float* sums, TopHits* hits) const {
  std::vector<Cursor> cursors;
  for (std::size_t i = 0; i < terms.size(); ++i) {
    const auto found = weights[i] > 0 ? lists_.find(terms[i]) : lists_.end();
    if (found != lists_.end()) cursors.push_back({&found->second, weights[i]});
  }
  for (std::uint32_t begin = 0; begin < rows_ && !cursors.empty(); begin += kWindow) {
    const std::uint32_t end = std::min(begin + kWindow, rows_);
    for (Cursor& cursor : cursors) {
      const auto& [rows, values] = *cursor.postings;
      std::size_t i = cursor.next;
      for (; i < rows.size() && rows[i] < end; ++i) sums[rows[i] - begin] += cursor.weight * values[i];
      cursor.next = i;
    }
    for (std::uint32_t group = 0; group < end - begin; group += kGroup) {
      if (AnyAbove(sums + group, hits->threshold())) {
        for (std::uint32_t i = group; i < group + kGroup; ++i) {
          const std::uint64_t position = first + begin + i;
          if (sums[i] > hits->threshold() &&
              (!allowed || allowed->is_member(static_cast<std::int64_t>(position))))
            hits->Offer(sums[i], position);
        }
      }
      std::fill_n(sums + group, kGroup, 0.0F);
    }
  }
}

std::size_t SparseSegment::memory_bytes() const {
  constexpr std::size_t kNode = sizeof(std::pair<std::int32_t, Postings>) + 2 * sizeof(void*);
  std::size_t bytes = lists_.size() * kNode + lists_.bucket_count() * sizeof(void*);
  for (const auto& [term, postings] : lists_) {
    bytes += postings.rows.capacity() * sizeof(std::uint16_t) + postings.weights.capacity() * sizeof(float);
  }
  return bytes;
}

}  // namespace densenode
