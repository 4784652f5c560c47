#include "index/binary_index.h"

#include <algorithm>
#include <limits>
#include <mutex>
#include <utility>

#include "common/error.h"
#include "common/executor.h"
#include "index/filter_selection.h"
#include "index/hamming.h"
#include "index/quantize.h"
#include "index/rescore.h"

namespace densenode {
namespace {

// Codes that are compared with all queries of a slice before the next ones: half of the first-level cache.
constexpr std::size_t kBlockBytes = 16384;
constexpr std::size_t kMostQueriesPerSlice = 64;

}  // namespace

BinaryIndex::BinaryIndex(std::size_t dimension)
    : dimension_(dimension), words_((dimension + 63) / 64), ids_(std::make_unique<IdMap>()) {}

std::shared_ptr<BinaryIndex> BinaryIndex::Create(std::size_t dimension) {
  if (dimension < 1 || dimension > kMostDimension) {
    Fail(ErrorCode::kInvalidArgument, "dimension must be from 1 to ", kMostDimension, ", but got ",
         dimension);
  }
  return std::shared_ptr<BinaryIndex>(new BinaryIndex(dimension));
}

std::size_t BinaryIndex::CountRows(const BinaryRows& rows) const {
  const std::size_t values = rows.floats.size() + rows.codes.size();
  const std::size_t row = rows.codes.empty() ? dimension_ : code_size();
  if (values % row != 0) {
    Fail(ErrorCode::kInvalidArgument, "expected rows of ", row, rows.codes.empty() ? " values" : " bytes",
         ", but got ", values, ", which is not a multiple of ", row);
  }
  return values / row;
}

std::vector<std::uint64_t> BinaryIndex::Pack(const BinaryRows& rows, std::size_t begin,
                                             std::size_t end) const {
  std::vector<std::uint64_t> packed((end - begin) * words_);
  for (std::size_t row = begin; row < end; ++row) {
    auto* to = reinterpret_cast<std::uint8_t*>(packed.data() + (row - begin) * words_);
    if (rows.codes.empty()) {
      QuantizeBinary(rows.floats.data() + row * dimension_, 1, dimension_, 0, row, to);
      continue;
    }
    const std::uint8_t* from = rows.codes.data() + row * code_size();
    for (std::size_t i = 0; i < code_size(); ++i) to[i] = static_cast<std::uint8_t>(from[i] + rows.offset);
    // What fills the last byte counts for no distance.
    if (dimension_ % 8 != 0) to[code_size() - 1] &= static_cast<std::uint8_t>(0xff00 >> (dimension_ % 8));
  }
  return packed;
}

void BinaryIndex::Add(const BinaryRows& rows, std::span<const std::int64_t> ids) {
  const std::size_t count = CountRows(rows);
  const std::vector<std::uint64_t> packed = Pack(rows, 0, count);
  std::unique_lock lock(mutex_);
  if (count == 0 && ids.empty()) return;
  ids_->Prepare(count, ids);
  codes_.insert(codes_.end(), packed.begin(), packed.end());
  ids_->Append();
  ++version_;
}

std::size_t BinaryIndex::Remove(std::span<const std::int64_t> ids) {
  std::unique_lock lock(mutex_);
  const std::vector<std::uint8_t> removed = ids_->PreparePositions(ids);
  if (removed.empty()) return 0;
  const std::size_t before = ids_->positions();
  auto to = codes_.begin();
  for (std::size_t position = 0; position < before; ++position) {
    if ((removed[position / 8] >> (position % 8) & 1) != 0) continue;
    const auto from = codes_.begin() + static_cast<std::ptrdiff_t>(position * words_);
    to = std::copy_n(from, words_, to);
  }
  codes_.erase(to, codes_.end());
  ids_->RemovePositions(removed);
  ++version_;
  return before - ids_->positions();
}

void BinaryIndex::Search(const BinaryRows& queries, std::size_t begin, std::size_t end,
                         const SearchSettings& settings, std::int64_t* ids, float* scores) const {
  const auto& [k, candidates, filter, cancellation] = settings;
  if (k < 1 || std::max(k, candidates) > kMostResults) {
    Fail(ErrorCode::kInvalidArgument, "k and the candidates of a search must be from 1 to ", kMostResults,
         ", but got ", k, " and ", candidates);
  }
  const bool rescores = candidates > 0;
  if (rescores && queries.floats.empty())
    Fail(ErrorCode::kInvalidArgument, "rescoring needs float queries, not codes");
  const std::vector<std::uint64_t> packed = Pack(queries, begin, end);
  std::vector<TopHits> hits(end - begin, TopHits(rescores ? std::max(k, candidates) : k));

  std::shared_lock lock(mutex_);
  const std::shared_ptr<const Selection> selection = Selected(filter, version_, *ids_);
  const std::size_t positions = ids_->positions();
  const std::size_t block = std::max<std::size_t>(1, kBlockBytes / (words_ * sizeof(std::uint64_t)));
  for (std::size_t first = 0; first < positions; first += block) {
    if (cancellation) cancellation->ThrowIfRequested();
    const HammingCodes codes{codes_.data() + first * words_, words_, std::min(block, positions - first)};
    ScanHamming(codes, first, packed.data(), hits, selection.get());
  }
  RescoredHits rescored;
  for (std::size_t i = 0; i < hits.size(); ++i, ids += k, scores += k) {
    if (rescores) {
      const float* query = queries.floats.data() + (begin + i) * dimension_;
      for (const auto& [score, position] : hits[i].Sorted()) {
        const auto* code = reinterpret_cast<const std::uint8_t*>(codes_.data() + position * words_);
        rescored.Add(BitDot(query, code, dimension_, 0), IdAt(position));
      }
      rescored.Take(k, ids, scores);
      continue;
    }
    hits[i].Write([this](std::uint64_t position) { return IdAt(position); },
                  [this](float score) { return static_cast<float>(HammingDistance(score, words_)); },
                  std::numeric_limits<float>::infinity(), ids, scores);
  }
}

std::size_t BinaryIndex::count() const {
  std::shared_lock lock(mutex_);
  return ids_->count();
}

std::int64_t BinaryIndex::next_id() const {
  std::shared_lock lock(mutex_);
  return ids_->next_id();
}

std::size_t BinaryIndex::memory_bytes() const {
  std::shared_lock lock(mutex_);
  return codes_.capacity() * sizeof(std::uint64_t) + ids_->memory_bytes();
}

void StartBinarySearch(std::shared_ptr<const BinaryIndex> index, BinarySearchRequest request,
                       std::function<void(std::exception_ptr)> done) {
  const std::size_t count = index->CountRows(request.queries);
  auto cancellation = request.cancellation;
  auto body = [index = std::move(index), request = std::move(request)](std::size_t begin, std::size_t end) {
    index->Search(request.queries, begin, end,
                  {request.k, request.candidates, request.filter.get(), request.cancellation.get()},
                  request.ids + begin * request.k, request.scores + begin * request.k);
  };
  Executor::Get().ForEachSlice(count, kMostQueriesPerSlice, std::move(cancellation), std::move(body),
                               std::move(done));
}

}  // namespace densenode
