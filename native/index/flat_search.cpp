#include "index/flat_search.h"

#include <faiss/IndexFlat.h>

#include <algorithm>
#include <utility>

#include "common/executor.h"
#include "index/faiss_call.h"
#include "index/make_index.h"
#include "index/vector_index_parts.h"

namespace densenode {
namespace {

// Fewer values than this are searched before a second thread has woken up.
constexpr std::size_t kLeastValues = std::size_t{1} << 18;
// Packed for products they stay in the second cache.
constexpr std::size_t kGroupValues = std::size_t{1} << 18;
// Products and bounds of one step: some 10 ms, so that other jobs come between.
constexpr std::size_t kStepProducts = std::size_t{1} << 30;
constexpr std::size_t kStepScores = std::size_t{1} << 22;
constexpr std::size_t kLeastRange = 1024;
// For more, a group's ranking would be larger than what it saves.
constexpr std::size_t kMostFlatResults = std::size_t{1} << 16;

// Comparing a vector in fp32, copied out of the others, takes about as long as so many by their codes: for
// few queries, and for many, which share a copy.
constexpr std::size_t kCodesForOne = 16, kCodesForOneOfMany = 7;
constexpr std::size_t kMany = 16;

std::size_t DivideUp(std::size_t a, std::size_t b) { return (a + b - 1) / b; }

bool IsLarge(std::size_t count, std::size_t dimension) { return count * dimension >= kLeastValues; }

}  // namespace

bool FlatSearch::Suits(const VectorIndex& index) {
  const VectorIndex::Parts& p = *index.parts_;
  return !p.device().is_cuda() && p.family.load()->factory == "Flat" && IsLarge(p.count, p.options.dimension);
}

std::size_t FlatSearch::CodeBytes(Metric metric, std::size_t dimension, std::size_t count) {
  return IsLarge(count, dimension) ? ScanCodeBytes(FaissMetric(metric), dimension, count) : 0;
}

std::shared_ptr<FlatSearch> FlatSearch::Plan(std::shared_ptr<const VectorIndex> index,
                                             const SearchRequest& request) {
  const VectorIndex::Parts& p = *index->parts_;
  const std::uint64_t version = p.version;
  const std::size_t count = p.count;
  const bool fits = Suits(*index) && !request.where.is_cuda() && request.parameters.empty() &&
                    request.k >= 1 && request.k <= std::min(kMostFlatResults, count / 2) &&
                    !request.queries.empty();
  if (!fits) return nullptr;
  std::shared_ptr<FlatSearch> search(new FlatSearch(std::move(index), request, version, count));
  return request.filter && !search->coded_ ? nullptr : search;
}

FlatSearch::FlatSearch(std::shared_ptr<const VectorIndex> index, const SearchRequest& request,
                       std::uint64_t version, std::size_t count)
    : index_(std::move(index)),
      request_(request),
      version_(version),
      count_(count),
      queries_(request.queries.size() / index_->dimension()) {
  const std::size_t d = index_->dimension();
  const auto threads = static_cast<std::size_t>(Executor::Get().threads());
  const std::size_t most_rows = std::clamp<std::size_t>(kGroupValues / d, 32, 512);
  group_rows_ = DivideUp(queries_, DivideUp(queries_, most_rows));
  groups_ = std::vector<Group>(DivideUp(queries_, group_rows_));
  const std::size_t most_vectors =
      std::max(kLeastRange, std::min(kStepProducts / (group_rows_ * d), kStepScores / group_rows_));
  // As many ranges for each group as give every thread the same.
  const std::size_t ranges = DivideUp(DivideUp(count_, most_vectors), threads) * threads;
  range_vectors_ = std::max({kLeastRange, request.k, DivideUp(count_, ranges)});
  const VectorIndex::Parts& p = *index_->parts_;
  if (UsesScanCodes(FaissMetric(p.options.metric), d)) {
    range_vectors_ = DivideUp(range_vectors_, ScanCodes::kChunk) * ScanCodes::kChunk;
    coded_ = p.codes.scan.Wanted(queries_);
  }
  ranges_ = DivideUp(count_, range_vectors_);
  for (Group& group : groups_) group.ranges_left = ranges_;
}

std::size_t FlatSearch::rows(std::size_t group) const {
  return std::min(group_rows_, queries_ - group * group_rows_);
}

void FlatSearch::Step(std::size_t step) {
  if (failed_) return;
  const std::size_t group = step / ranges_, first = step % ranges_ * range_vectors_;
  const std::size_t count = std::min(range_vectors_, count_ - first);
  const VectorIndex::Parts& p = *index_->parts_;
  const auto read = p.Read();
  const auto* flat = dynamic_cast<const faiss::IndexFlat*>(p.index.get());
  if (p.version != version_ || p.device().is_cuda() || p.ids->removed() > 0 || !flat) {
    failed_ = true;
    return;
  }
  p.CheckUsable();
  CallFaiss(ErrorCode::kEngineFailed, "searching failed", [&] {
    if (!Select()) {
      failed_ = true;
      return;
    }
    ScanRange(group, {flat->get_xb() + first * index_->dimension(), count, coded_ ? &p.codes.scan : nullptr,
                      first, selection_.get()});
  });
}

// False where what the filter takes is better compared alone.
bool FlatSearch::Select() {
  if (!request_.filter) return true;
  const VectorIndex::Parts& p = *index_->parts_;
  std::call_once(selected_, [&] { selection_ = p.Selected(request_.filter.get()); });
  return selection_->count() >= count_ / (queries_ < kMany ? kCodesForOne : kCodesForOneOfMany);
}

void FlatSearch::ScanRange(std::size_t group, const FlatRange& range) {
  const FlatScan& scan = Scan(group, range.codes != nullptr);
  Ranking nearest;
  nearest.Resize(rows(group), std::min(request_.k, range.count));
  scan.Nearest(range, &nearest);
  for (std::int64_t& label : nearest.labels) {
    if (label >= 0) label += static_cast<std::int64_t>(range.first);
  }
  Take(group, std::move(nearest));
}

const FlatScan& FlatSearch::Scan(std::size_t index, bool coded) {
  Group& group = groups_[index];
  const std::lock_guard lock(group.mutex);  // the first step prepares for the others
  if (!group.scan) {
    const VectorIndex::Parts& p = *index_->parts_;
    const std::size_t d = index_->dimension(), count = rows(index);
    const auto queries = request_.queries.subspan(index * group_rows_ * d, count * d);
    p.CheckRows(queries, "query", index * group_rows_);
    const float* normalized = p.Normalized(queries.data(), count, &group.normalized);
    group.scan = MakeFlatScan(p.index->metric_type, d, count, normalized, request_.k, coded);
  }
  return *group.scan;
}

void FlatSearch::Take(std::size_t index, Ranking found) {
  Group& group = groups_[index];
  const VectorIndex::Parts& p = *index_->parts_;
  const std::size_t count = rows(index);
  const std::lock_guard lock(group.mutex);
  MergeInto(&group.best, &found, count, request_.k, faiss::is_similarity_metric(p.index->metric_type));
  if (--group.ranges_left > 0) return;
  const std::size_t begin = index * group_rows_ * request_.k;
  std::copy(group.best.labels.begin(), group.best.labels.end(), request_.ids + begin);
  std::copy(group.best.scores.begin(), group.best.scores.end(), request_.scores + begin);
  p.FinishRows(count, request_.k, group.best.k, request_.ids + begin, request_.scores + begin);
  group.scan.reset();
  group.best = {};
}

}  // namespace densenode
