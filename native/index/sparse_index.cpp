#include "index/sparse_index.h"

#include <algorithm>
#include <limits>
#include <mutex>
#include <optional>
#include <utility>

#include "common/error.h"
#include "common/executor.h"
#include "index/filter_selection.h"

namespace densenode {
namespace {

constexpr std::size_t kMostQueriesPerSlice = 64;

}  // namespace

void SparseIndex::Add(const SparseRows& rows, std::span<const std::int64_t> ids) {
  rows.Check(0, rows.count());
  std::unique_lock lock(mutex_);
  if (rows.count() == 0 && ids.empty()) return;
  ids_->Prepare(rows.count(), ids);
  const std::size_t segments = segments_.size();
  const std::uint32_t last = segments_.empty() ? 0 : segments_.back().rows();
  try {
    for (std::size_t row = 0; row < rows.count(); ++row) {
      if (segments_.empty() || segments_.back().rows() == SparseSegment::kMostRows) segments_.emplace_back();
      segments_.back().Add(rows.TermsOf(row), rows.WeightsOf(row));
    }
  } catch (...) {  // out of memory
    segments_.erase(segments_.begin() + static_cast<std::ptrdiff_t>(segments), segments_.end());
    if (!segments_.empty()) segments_.back().Truncate(last);
    throw;
  }
  ids_->Append();
  ++version_;
}

std::size_t SparseIndex::Remove(std::span<const std::int64_t> ids) {
  std::unique_lock lock(mutex_);
  const std::size_t removed = ids_->MarkRemoved(ids);
  if (removed == 0) return 0;
  ++version_;
  if (ids_->removed() > ids_->count()) Compact();
  return removed;
}

// Builds everything anew without the removed vectors.
void SparseIndex::Compact() {
  // Terms by vector once more: term after term is appended to each vector, so that they ascend.
  std::vector<SparseSegment> segments;
  std::vector<std::int64_t> table;
  for (std::size_t s = 0; s < segments_.size(); ++s) {
    const std::size_t base = s * SparseSegment::kMostRows;
    std::vector<std::vector<std::int32_t>> terms(segments_[s].rows());
    std::vector<std::vector<float>> weights(segments_[s].rows());
    for (const auto& [term, postings] : segments_[s].lists()) {
      for (std::size_t i = 0; i < postings.rows.size(); ++i) {
        terms[postings.rows[i]].push_back(term);
        weights[postings.rows[i]].push_back(postings.weights[i]);
      }
    }
    for (std::size_t row = 0; row < terms.size(); ++row) {
      const auto position = static_cast<std::int64_t>(base + row);
      if (ids_->IsRemoved(position)) continue;
      if (segments.empty() || segments.back().rows() == SparseSegment::kMostRows) segments.emplace_back();
      segments.back().Add(terms[row], weights[row]);
      table.push_back(ids_->IdAt(position));
    }
  }
  const std::size_t count = table.size();
  auto map = std::make_unique<IdMap>(nullptr, std::move(table), IdMap::Mode::kTable, count, ids_->next_id());
  segments_ = std::move(segments);
  ids_ = std::move(map);
}

void SparseIndex::Search(const SparseRows& queries, std::size_t begin, std::size_t end, std::size_t k,
                         const Filter* filter, const Cancellation* cancellation, std::int64_t* ids,
                         float* scores) const {
  if (k < 1 || k > kMostResults)
    Fail(ErrorCode::kInvalidArgument, "k must be from 1 to ", kMostResults, ", but got ", k);
  queries.Check(begin, end);
  std::vector<float> sums(SparseSegment::kWindow);
  std::shared_lock lock(mutex_);
  std::optional<Selection> unremoved;
  std::shared_ptr<const Selection> selection;
  if (filter) selection = filter->Of<Selection>(version_, *ids_);
  if (!filter && ids_->removed() > 0) unremoved.emplace(*ids_);
  const Selection* allowed = unremoved ? &*unremoved : selection.get();
  for (std::size_t row = begin; row < end; ++row, ids += k, scores += k) {
    TopHits hits(k);
    for (std::size_t s = 0; s < segments_.size(); ++s) {
      if (cancellation) cancellation->ThrowIfRequested();
      segments_[s].Search(queries.TermsOf(row), queries.WeightsOf(row), s * SparseSegment::kMostRows, allowed,
                          sums.data(), &hits);
    }
    std::size_t rank = 0;
    for (const auto& [score, position] : hits.Sorted()) {
      ids[rank] = ids_->IdAt(static_cast<std::int64_t>(position));
      scores[rank++] = score;
    }
    std::fill(ids + rank, ids + k, -1);
    std::fill(scores + rank, scores + k, -std::numeric_limits<float>::infinity());
  }
}

std::size_t SparseIndex::count() const {
  std::shared_lock lock(mutex_);
  return ids_->count();
}

std::int64_t SparseIndex::next_id() const {
  std::shared_lock lock(mutex_);
  return ids_->next_id();
}

std::size_t SparseIndex::memory_bytes() const {
  std::shared_lock lock(mutex_);
  std::size_t bytes = ids_->memory_bytes();
  for (const SparseSegment& segment : segments_) bytes += segment.memory_bytes();
  return bytes;
}

void StartSparseSearch(std::shared_ptr<const SparseIndex> index, SparseSearchRequest request,
                       std::function<void(std::exception_ptr)> done) {
  Executor& executor = Executor::Get();
  const std::size_t count = request.queries.count();
  const std::size_t slice = executor.SliceOf(count, kMostQueriesPerSlice);
  auto cancellation = request.cancellation;
  auto body = [index = std::move(index), request = std::move(request), count, slice](std::size_t item) {
    const std::size_t begin = item * slice;
    index->Search(request.queries, begin, std::min(begin + slice, count), request.k, request.filter.get(),
                  request.cancellation.get(), request.ids + begin * request.k,
                  request.scores + begin * request.k);
  };
  executor.ForEach((count + slice - 1) / slice, 0, std::move(cancellation), std::move(body), std::move(done));
}

}  // namespace densenode
