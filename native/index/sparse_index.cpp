#include "index/sparse_index.h"

#include <algorithm>
#include <limits>
#include <mutex>
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
  constexpr std::size_t kMostRows = SparseSegment::kMostRows;
  const std::size_t count = ids_->count();
  std::vector<SparseSegment> segments((count + kMostRows - 1) / kMostRows);
  for (std::size_t s = 0; s < segments.size(); ++s)
    segments[s].SetRows(static_cast<std::uint32_t>(std::min(kMostRows, count - s * kMostRows)));
  std::vector<std::int64_t> table;
  table.reserve(count);
  for (std::size_t s = 0; s < segments_.size(); ++s) {
    constexpr std::size_t kRemoved = SIZE_MAX;
    std::vector<std::size_t> positions(segments_[s].rows(), kRemoved);  // from now on
    for (std::size_t row = 0; row < positions.size(); ++row) {
      const auto before = static_cast<std::int64_t>(s * kMostRows + row);
      if (ids_->IsRemoved(before)) continue;
      positions[row] = table.size();
      table.push_back(ids_->IdAt(before));
    }
    for (const auto& [term, postings] : segments_[s].lists()) {
      for (std::size_t i = 0; i < postings.rows.size(); ++i) {
        const std::size_t position = positions[postings.rows[i]];
        if (position == kRemoved) continue;
        segments[position / kMostRows].Append(term, static_cast<std::uint16_t>(position % kMostRows),
                                              postings.weights[i]);
      }
    }
  }
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
  const std::shared_ptr<const Selection> allowed = Selected(filter, version_, *ids_);
  for (std::size_t row = begin; row < end; ++row, ids += k, scores += k) {
    TopHits hits(k);
    for (std::size_t s = 0; s < segments_.size(); ++s) {
      if (cancellation) cancellation->ThrowIfRequested();
      segments_[s].Search(queries.TermsOf(row), queries.WeightsOf(row), s * SparseSegment::kMostRows,
                          allowed.get(), sums.data(), &hits);
    }
    hits.Write([this](std::uint64_t position) { return ids_->IdAt(static_cast<std::int64_t>(position)); },
               [](float score) { return score; }, -std::numeric_limits<float>::infinity(), ids, scores);
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
  const std::size_t count = request.queries.count();
  auto cancellation = request.cancellation;
  auto body = [index = std::move(index), request = std::move(request)](std::size_t begin, std::size_t end) {
    index->Search(request.queries, begin, end, request.k, request.filter.get(), request.cancellation.get(),
                  request.ids + begin * request.k, request.scores + begin * request.k);
  };
  Executor::Get().ForEachSlice(count, kMostQueriesPerSlice, std::move(cancellation), std::move(body),
                               std::move(done));
}

}  // namespace densenode
