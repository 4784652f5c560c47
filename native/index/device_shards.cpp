#include "index/device_shards.h"

#include <faiss/IndexFlat.h>
#include <faiss/IndexIVF.h>
#include <faiss/IndexScalarQuantizer.h>
#include <faiss/invlists/InvertedLists.h>

#include <algorithm>
#include <limits>
#include <memory>
#include <mutex>
#include <utility>

#include "common/error.h"
#include "index/device_form.h"
#include "index/place.h"
#include "index/read_only_lists.h"

namespace densenode {
namespace {

// Vectors of IVF are dealt out in blocks: every list is then divided, and every shard has work for every
// query, in whatever order vectors were added.
constexpr std::size_t kBlock = 64;
// Small additions go to one shard until it is ahead of another by this many vectors, so that the runs of
// ShardPositions stay few.
constexpr std::size_t kMostAhead = 1024;
// Results of all shards before they are merged.
constexpr std::size_t kTableBytes = std::size_t{64} << 20;

// Blocks of positions dealt out in turn: who has a position, and as which of its own.
struct Deal {
  std::size_t block, shards;

  std::size_t Owner(std::size_t position) const { return position / block % shards; }
  std::size_t Own(std::size_t position) const { return position / block / shards * block + position % block; }
};

// What one shard has of inverted lists that lie elsewhere, with its own positions for ids. Entries of a list
// are gathered when it is asked for, and stay until the next one. Read only.
class ListsOfShard : public ReadOnlyLists {
 public:
  ListsOfShard(const faiss::InvertedLists& lists, const Deal& deal, std::size_t shard)
      : ReadOnlyLists(lists.nlist, lists.code_size),
        lists_(lists),
        deal_(deal),
        shard_(shard),
        sizes_(nlist) {
    for (std::size_t list = 0; list < nlist; ++list) {
      ForEntries(list, [&](std::size_t, std::size_t) { ++sizes_[list]; });
    }
  }
  std::size_t list_size(std::size_t list) const override { return sizes_[list]; }
  const std::uint8_t* get_codes(std::size_t list) const override {
    codes_.clear();
    faiss::InvertedLists::ScopedCodes codes(&lists_, list);
    ForEntries(list, [&](std::size_t entry, std::size_t) {
      codes_.insert(codes_.end(), codes.get() + entry * code_size, codes.get() + (entry + 1) * code_size);
    });
    return codes_.data();
  }
  const faiss::idx_t* get_ids(std::size_t list) const override {
    ids_.clear();
    ForEntries(list, [&](std::size_t, std::size_t position) {
      ids_.push_back(static_cast<faiss::idx_t>(deal_.Own(position)));
    });
    return ids_.data();
  }

 private:
  template <typename Body>
  void ForEntries(std::size_t list, const Body& body) const {
    faiss::InvertedLists::ScopedIds ids(&lists_, list);
    const std::size_t size = lists_.list_size(list);
    for (std::size_t entry = 0; entry < size; ++entry) {
      const auto position = static_cast<std::size_t>(ids[entry]);
      if (deal_.Owner(position) == shard_) body(entry, position);
    }
  }

  const faiss::InvertedLists& lists_;
  const Deal deal_;
  const std::size_t shard_;
  std::vector<std::size_t> sizes_;
  mutable std::vector<std::uint8_t> codes_;
  mutable std::vector<faiss::idx_t> ids_;
};

// An empty index of the same kind as `base`, which has no lists.
std::unique_ptr<faiss::IndexFlatCodes> EmptyLike(const faiss::Index& base) {
  if (const auto* sq = dynamic_cast<const faiss::IndexScalarQuantizer*>(&base)) {
    return std::make_unique<faiss::IndexScalarQuantizer>(base.d, sq->sq.qtype, base.metric_type);
  }
  return std::make_unique<faiss::IndexFlat>(base.d, base.metric_type);
}

const faiss::IndexFlatCodes& Codes(const faiss::Index& index) {
  return dynamic_cast<const faiss::IndexFlatCodes&>(index);
}

// `count` vectors of `base` from `first` on, in its memory.
std::unique_ptr<faiss::IndexFlatCodes> View(const faiss::Index& base, std::size_t first, std::size_t count) {
  auto view = EmptyLike(base);
  auto* codes = const_cast<std::uint8_t*>(Codes(base).codes.data());
  view->codes = faiss::MaybeOwnedVector<std::uint8_t>::create_view(codes + first * view->code_size,
                                                                   count * view->code_size, nullptr);
  view->ntotal = static_cast<faiss::idx_t>(count);
  return view;
}

// One shard's results for all queries, best first.
struct Found {
  std::size_t k = 0;  // of one query; 0 for a shard without vectors
  std::vector<std::int64_t> positions;
  std::vector<float> scores;
};

}  // namespace

void ShardPositions::Reserve() {
  if (runs_.size() == runs_.capacity()) runs_.reserve(2 * runs_.size() + 1);
}

void ShardPositions::Append(std::size_t first, std::size_t count) {
  if (count == 0) return;
  if (runs_.empty() || runs_.back().whole + (count_ - runs_.back().own) != first) {
    runs_.push_back({static_cast<std::uint32_t>(count_), static_cast<std::uint32_t>(first)});
  }
  count_ += count;
}

std::int64_t ShardPositions::Whole(std::int64_t own) const {
  const auto after =
      std::partition_point(runs_.begin(), runs_.end(), [&](Run run) { return run.own <= own; });
  const Run& run = *(after - 1);
  return run.whole + (own - run.own);
}

std::int64_t ShardPositions::Own(std::int64_t whole) const {
  const auto after =
      std::partition_point(runs_.begin(), runs_.end(), [&](Run run) { return run.whole <= whole; });
  if (after == runs_.begin()) return -1;
  const Run& run = *(after - 1);
  const std::int64_t own = run.own + (whole - run.whole);
  const auto end = static_cast<std::int64_t>(after == runs_.end() ? count_ : std::size_t{after->own});
  return own < end ? own : -1;
}

DeviceShards::DeviceShards(const std::vector<Device>& devices, const faiss::Index& base, Storage storage)
    : DeviceParts(devices, base),
      larger_is_nearer_(faiss::is_similarity_metric(base.metric_type)),
      positions_(devices.size()) {
  const auto* ivf = dynamic_cast<const faiss::IndexIVF*>(&base);
  const std::size_t even = std::max<std::size_t>(1, (count_ + devices.size() - 1) / devices.size());
  const Deal deal{ivf ? kBlock : even, devices.size()};
  for (std::size_t first = 0; first < count_; first += deal.block) {
    positions_[deal.Owner(first)].Append(first, std::min(deal.block, count_ - first));
  }
  const faiss::InvertedLists* lists = ivf ? ivf->invlists : nullptr;
  std::mutex cloning;  // takes the lists away for a moment
  OnAll([&](std::size_t i) {
    std::unique_ptr<faiss::Index> part;
    if (ivf) {
      {
        std::lock_guard lock(cloning);
        part = CloneWithoutVectors(const_cast<faiss::Index&>(base));
      }
      auto own = std::make_unique<ListsOfShard>(*lists, deal, i);
      dynamic_cast<faiss::IndexIVF&>(*part).replace_invlists(own.get(), true);
      (void)own.release();
      part->ntotal = static_cast<faiss::idx_t>(positions_[i].count());
    } else {
      part = View(base, std::min(i * even, count_), positions_[i].count());
    }
    parts_[i].index = GetDeviceBackend().Upload(parts_[i].device, *part, storage);
  });
}

std::vector<DeviceRows> DeviceShards::Divided(const DeviceRows& rows) const {
  const auto fewer = [](const ShardPositions& one, const ShardPositions& other) {
    return one.count() < other.count();
  };
  std::vector<DeviceRows> divided(parts_.size(), DeviceRows{rows.data, 0, rows.on_device, rows.normalize});
  if (rows.count <= kMostAhead) {
    const auto fewest = std::min_element(positions_.begin(), positions_.end(), fewer);
    const bool go_on = positions_[last_].count() < fewest->count() + kMostAhead;
    divided[go_on ? last_ : static_cast<std::size_t>(fewest - positions_.begin())].count = rows.count;
    return divided;
  }
  const std::size_t even = (count_ + rows.count + parts_.size() - 1) / parts_.size();
  std::size_t given = 0;
  for (std::size_t i = 0; i < parts_.size(); ++i) {
    divided[i].data = rows.data + given * dimension_;
    divided[i].count = std::min(rows.count - given, even - std::min(even, positions_[i].count()));
    given += divided[i].count;
  }
  return divided;
}

void DeviceShards::PrepareAdd(const DeviceRows& rows) {
  const auto divided = Divided(rows);
  OnAll([&](std::size_t i) {
    if (divided[i].count > 0) parts_[i].index->PrepareAdd(divided[i]);
  });
}

void DeviceShards::Add(const DeviceRows& rows) {
  const auto divided = Divided(rows);
  for (ShardPositions& positions : positions_) positions.Reserve();
  std::size_t first = count_;
  AddToParts(divided, rows.count);
  for (std::size_t i = 0; i < parts_.size(); ++i) {
    positions_[i].Append(first, divided[i].count);
    first += divided[i].count;
    if (divided[i].count > 0) last_ = i;
  }
}

void DeviceShards::Search(const DeviceRows& queries, std::size_t k, std::size_t nprobe,
                          std::int64_t* positions, float* scores) const {
  const std::size_t query_bytes = parts_.size() * k * (sizeof(std::int64_t) + sizeof(float));
  const std::size_t round = std::max<std::size_t>(1, kTableBytes / query_bytes);
  for (std::size_t begin = 0; begin < queries.count; begin += round) {
    DeviceRows part = queries;
    part.data += begin * dimension_;
    part.count = std::min(round, queries.count - begin);
    SearchRows(part, k, nprobe, positions + begin * k, scores + begin * k);
  }
}

void DeviceShards::SearchRows(const DeviceRows& queries, std::size_t k, std::size_t nprobe,
                              std::int64_t* positions, float* scores) const {
  const std::size_t n = queries.count, shards = parts_.size();
  std::vector<Found> found(shards);
  OnAll([&](std::size_t i) {
    Found& own = found[i];
    own.k = std::min(k, positions_[i].count());
    if (own.k == 0) return;
    own.positions.resize(n * own.k);
    own.scores.resize(n * own.k);
    parts_[i].index->Search(queries, own.k, nprobe, own.positions.data(), own.scores.data());
  });
  struct Next {
    std::size_t place, end;  // in Found
    std::int64_t position;   // of the whole index
    float score;
  };
  std::vector<Next> next(shards);
  const auto advance = [&](std::size_t shard) {
    Next& own = next[shard];
    const auto& from = found[shard];
    while (own.place < own.end && from.positions[own.place] < 0) ++own.place;
    if (own.place == own.end) return;
    own.position = positions_[shard].Whole(from.positions[own.place]);
    own.score = from.scores[own.place];
  };
  // Equal scores: the vector that was added first.
  const auto nearer = [&](const Next& one, const Next& other) {
    if (one.score != other.score) return larger_is_nearer_ == (one.score > other.score);
    return one.position < other.position;
  };
  const float worst = std::numeric_limits<float>::infinity() * (larger_is_nearer_ ? -1.0f : 1.0f);
  for (std::size_t row = 0; row < n; ++row) {
    for (std::size_t shard = 0; shard < shards; ++shard) {
      next[shard].place = row * found[shard].k;
      next[shard].end = next[shard].place + found[shard].k;
      advance(shard);
    }
    for (std::size_t i = row * k; i < (row + 1) * k; ++i) {
      std::size_t best = shards;
      for (std::size_t shard = 0; shard < shards; ++shard) {
        if (next[shard].place == next[shard].end) continue;
        if (best == shards || nearer(next[shard], next[best])) best = shard;
      }
      positions[i] = best == shards ? -1 : next[best].position;
      scores[i] = best == shards ? worst : next[best].score;
      if (best == shards) continue;
      ++next[best].place;
      advance(best);
    }
  }
}

void DeviceShards::Reconstruct(std::int64_t position, const faiss::Index& base, float* out) const {
  for (std::size_t i = 0; i < parts_.size(); ++i) {
    const std::int64_t own = positions_[i].Own(position);
    if (own < 0) continue;
    return RunAt(parts_[i].device, [&] { parts_[i].index->Reconstruct(own, base, out); });
  }
  Fail(ErrorCode::kEngineFailed, "position ", position, " is on no device");
}

void DeviceShards::Download(faiss::Index& base) const {
  // One after another, so that host memory has one shard at most beside the whole.
  auto* ivf = dynamic_cast<faiss::IndexIVF*>(&base);
  auto* lists = ivf ? dynamic_cast<faiss::ArrayInvertedLists*>(ivf->invlists) : nullptr;
  if (ivf && !lists) Fail(ErrorCode::kEngineFailed, "inverted lists of an unexpected kind");
  auto* whole = ivf ? nullptr : &dynamic_cast<faiss::IndexFlatCodes&>(base);
  if (whole) whole->codes.resize(count_ * whole->code_size);
  for (std::size_t i = 0; i < parts_.size(); ++i) {
    const Part& part = parts_[i];
    if (ivf) {
      std::vector<std::size_t> before(ivf->nlist);
      for (std::size_t list = 0; list < ivf->nlist; ++list) before[list] = lists->list_size(list);
      RunAt(part.device, [&] { part.index->Download(base); });
      for (std::size_t list = 0; list < ivf->nlist; ++list) {
        auto& ids = lists->ids[list];
        for (std::size_t entry = before[list]; entry < ids.size(); ++entry) {
          ids[entry] = positions_[i].Whole(ids[entry]);
        }
      }
    } else {
      const auto copy = EmptyLike(base);
      RunAt(part.device, [&] { part.index->Download(*copy); });
      positions_[i].ForRuns([&](std::size_t own, std::size_t first, std::size_t count) {
        std::copy_n(copy->codes.data() + own * copy->code_size, count * copy->code_size,
                    whole->codes.data() + first * copy->code_size);
      });
    }
  }
  base.ntotal = static_cast<faiss::idx_t>(count_);
}

}  // namespace densenode
