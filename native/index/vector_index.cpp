#include "index/vector_index.h"

#include <faiss/impl/IDSelector.h>
#include <faiss/utils/distances.h>

#include <algorithm>
#include <atomic>
#include <limits>
#include <mutex>
#include <shared_mutex>
#include <vector>

#include "common/error.h"
#include "index/faiss_call.h"
#include "index/faiss_layers.h"
#include "index/id_map.h"
#include "index/index_file.h"
#include "index/interrupt.h"
#include "index/make_index.h"
#include "index/search_plan.h"
#include "index/vectors.h"

namespace densenode {
namespace {

constexpr std::size_t kMostResults = std::size_t{1} << 24;
// Tables of intermediate results that one call may hold; more queries are done in rounds.
constexpr std::size_t kTableBytes = std::size_t{32} << 20;
// HNSW numbers its vectors with 32 bits, and fast scan counts them so.
constexpr std::size_t kMostVectors = std::numeric_limits<std::int32_t>::max();
// About 0.05 s of one core.
constexpr double kWideWork = 5e8;

// From this many queries on FAISS multiplies matrices instead of scanning all vectors for each query. Its
// default, 20, leaves small batches bound by memory: 2 queries already share one pass. Set once, before the
// first search.
constexpr int kBlasFrom = 4;

void TuneFaissOnce() {
  static const bool done = [] {
    faiss::distance_compute_blas_threshold = kBlasFrom;
    return true;
  }();
  (void)done;
}

}  // namespace

struct VectorIndex::Parts {
  CreateOptions options;
  std::shared_ptr<const MappedFile> mapping;  // set: the vectors lie in it, and the index is read-only
  std::unique_ptr<faiss::Index> index;
  std::unique_ptr<IdMap> ids;
  std::vector<SearchKnob> knobs;
  double work_per_vector = 0;

  // Three locks, always taken in this order. `change` is held by whoever changes the index and by Save, so
  // that saving keeps changes out but lets searches go on. `gate` is passed by readers and held by a waiting
  // writer, so that a stream of searches cannot starve it. `content` guards index and ids.
  mutable std::mutex change;
  mutable std::mutex gate;
  mutable std::shared_mutex content;

  // Copies for readers that must not wait for a long change.
  std::atomic<std::size_t> count{0};
  std::atomic<std::size_t> memory{0};
  std::atomic<bool> trained{false};
  bool broken = false;  // FAISS failed halfway through a change

  std::shared_lock<std::shared_mutex> Read() const {
    std::lock_guard pass(gate);
    return std::shared_lock(content);
  }
  std::unique_lock<std::shared_mutex> Write() const {
    std::lock_guard hold(gate);
    return std::unique_lock(content);
  }

  bool normalizes() const { return options.metric == Metric::kCosine; }
  float most_squared_norm() const { return normalizes() ? kAnySquaredNorm : kMostSquaredNorm; }
  float worst_score() const {
    constexpr float kInfinity = std::numeric_limits<float>::infinity();
    return faiss::is_similarity_metric(index->metric_type) ? -kInfinity : kInfinity;
  }

  void Publish() {
    count = ids->count();
    trained = index->is_trained;
    memory = FaissLayers(*index).memory_bytes() + ids->memory_bytes();
  }
  void CheckUsable() const {
    if (broken) {
      Fail(ErrorCode::kEngineFailed,
           "an earlier change of this index failed halfway; open or build it again");
    }
  }
  void CheckTrained() const {
    if (!index->is_trained) {
      Fail(ErrorCode::kIndexNotTrained, "the index \"", options.factory,
           "\" must be trained before this; call train()");
    }
  }
  void CheckWritable() const {
    CheckUsable();
    if (mapping) {
      Fail(ErrorCode::kIndexUnsupported,
           "an index opened with mmap is read-only; open it without mmap to change it");
    }
  }

  void AddToFaiss(std::size_t n, const float* vectors, std::span<const std::int64_t> new_ids);
  void SearchRows(const SearchPlan& plan, const float* queries, std::size_t rows, std::size_t k,
                  std::size_t found, std::int64_t* out_ids, float* out_scores) const;
};

VectorIndex::VectorIndex(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {
  TuneFaissOnce();
  const FaissLayers layers(*parts_->index);
  parts_->knobs = SearchKnobs(*parts_->index);
  parts_->work_per_vector = layers.work_per_vector();
  if (!parts_->ids) parts_->ids = std::make_unique<IdMap>(layers.stores_ids() ? layers.ivf : nullptr);
  parts_->Publish();
}

VectorIndex::~VectorIndex() = default;

std::shared_ptr<VectorIndex> VectorIndex::Create(const CreateOptions& options) {
  auto parts = std::make_unique<Parts>();
  parts->options = options;
  parts->index = MakeFaissIndex(options);
  return std::shared_ptr<VectorIndex>(new VectorIndex(std::move(parts)));
}

std::shared_ptr<VectorIndex> VectorIndex::Open(const std::filesystem::path& path, bool mmap) {
  OpenedIndex opened = OpenIndexFile(path, mmap);
  auto parts = std::make_unique<Parts>();
  parts->options = std::move(opened.options);
  parts->mapping = std::move(opened.mapping);
  parts->index = std::move(opened.index);
  parts->ids = std::move(opened.ids);
  return std::shared_ptr<VectorIndex>(new VectorIndex(std::move(parts)));
}

void VectorIndex::Save(const std::filesystem::path& path) const {
  std::lock_guard change(parts_->change);
  parts_->CheckUsable();
  SaveIndexFile(path, parts_->options, *parts_->index, *parts_->ids);
}

void VectorIndex::Train(std::span<const float> vectors) {
  Parts& p = *parts_;
  const std::size_t n = CheckVectors(vectors, dimension(), "training vector", p.most_squared_norm());
  std::lock_guard change(p.change);
  p.CheckWritable();
  // A new index is trained and put in the old one's place: a failed training leaves the old one, searches go
  // on.
  auto fresh = MakeFaissIndex(p.options);
  if (fresh->is_trained) return;
  if (p.ids->count() > 0) {
    Fail(ErrorCode::kInvalidArgument, "the index already holds ", p.ids->count(),
         " vectors; train an empty index, then add");
  }
  if (p.normalizes()) {
    auto normalized =
        CallFaiss(ErrorCode::kEngineFailed, "training", [&] { return FloatBuffer(vectors.size()); });
    NormalizeRows(vectors.data(), n, dimension(), normalized.get());
    TrainFaissIndex(*fresh, n, normalized.get());
  } else {
    TrainFaissIndex(*fresh, n, vectors.data());
  }
  const FaissLayers layers(*fresh);
  auto ids = std::make_unique<IdMap>(layers.stores_ids() ? layers.ivf : nullptr, std::vector<std::int64_t>(),
                                     p.ids->mode(), 0, p.ids->next_id());
  const auto write = p.Write();
  p.index = std::move(fresh);
  p.ids = std::move(ids);
  p.Publish();
}

void VectorIndex::Parts::AddToFaiss(std::size_t n, const float* vectors,
                                    std::span<const std::int64_t> new_ids) {
  const faiss::idx_t before = index->ntotal;
  const FaissLayers layers(*index);
  // No interruption from here: half an addition could not be taken back from a graph.
  const InterruptScope uninterrupted(nullptr);
  try {
    CallFaiss(ErrorCode::kEngineFailed, "adding failed", [&] {
      if (layers.stores_ids()) {
        index->add_with_ids(static_cast<faiss::idx_t>(n), vectors, new_ids.data());
      } else {
        index->add(static_cast<faiss::idx_t>(n), vectors);
      }
    });
  } catch (...) {
    broken = layers.ivf || layers.hnsw || layers.refine || index->ntotal != before;
    throw;
  }
}

void VectorIndex::Add(std::span<const float> vectors, std::span<const std::int64_t> new_ids) {
  Parts& p = *parts_;
  const std::size_t n = CheckVectors(vectors, dimension(), "vector", p.most_squared_norm());
  std::unique_ptr<float[]> normalized;
  if (p.normalizes()) {
    normalized = CallFaiss(ErrorCode::kEngineFailed, "adding", [&] { return FloatBuffer(vectors.size()); });
    NormalizeRows(vectors.data(), n, dimension(), normalized.get());
  }
  std::lock_guard change(p.change);
  p.CheckWritable();
  p.CheckTrained();
  if (n > kMostVectors - std::min(kMostVectors, p.ids->count())) {
    Fail(ErrorCode::kInvalidArgument, "an index holds at most ", kMostVectors, " vectors, but ",
         p.ids->count(), " are here and ", n, " more were given");
  }
  const auto write = p.Write();
  const auto assigned =
      CallFaiss(ErrorCode::kEngineFailed, "adding", [&] { return p.ids->Prepare(n, new_ids); });
  if (n == 0) return;
  p.AddToFaiss(n, normalized ? normalized.get() : vectors.data(), assigned);
  p.ids->Append();
  p.Publish();
}

std::size_t VectorIndex::Remove(std::span<const std::int64_t> removed_ids) {
  Parts& p = *parts_;
  std::lock_guard change(p.change);
  p.CheckWritable();
  FaissLayers layers(*p.index);
  if (!layers.can_remove()) {
    Fail(ErrorCode::kIndexUnsupported, "the index \"", p.options.factory,
         "\" cannot remove vectors: ", layers.hnsw ? "FAISS's HNSW graph" : "an index with refinement",
         " only grows. Use Flat, SQ, PQ or IVF where vectors are removed, or build the index anew without "
         "them");
  }
  const auto write = p.Write();
  return CallFaiss(ErrorCode::kEngineFailed, "removing failed", [&]() -> std::size_t {
    const std::size_t before = p.ids->count();
    if (layers.stores_ids()) {
      const faiss::IDSelectorBatch selector(removed_ids.size(), removed_ids.data());
      p.broken = true;  // until the counts agree again
      p.index->remove_ids(selector);
      // FAISS counts nothing removed from the block lists of fast scan: the lists themselves know.
      const std::size_t left = layers.ivf->invlists->compute_ntotal();
      layers.ivf->ntotal = p.index->ntotal = static_cast<faiss::idx_t>(left);
      p.ids->RemoveStored(before - left);
    } else {
      const auto positions = p.ids->PreparePositions(removed_ids);
      if (positions.empty()) return 0;
      const faiss::IDSelectorBitmap selector(before, positions.data());
      p.broken = true;
      p.index->remove_ids(selector);
      p.ids->RemovePositions(positions);
    }
    p.broken = false;
    p.Publish();
    return before - p.ids->count();
  });
}

void VectorIndex::Search(std::span<const float> queries, std::size_t k, const SearchParameters& parameters,
                         std::int64_t* ids, float* scores) const {
  const Parts& p = *parts_;
  const std::size_t n = CheckVectors(queries, dimension(), "query", p.most_squared_norm());
  if (k < 1 || k > kMostResults) {
    Fail(ErrorCode::kInvalidArgument, "k must be from 1 to ", kMostResults, ", but got ", k);
  }
  CheckSearchParameters(parameters);
  const auto read = p.Read();
  p.CheckUsable();
  p.CheckTrained();
  const std::size_t found = std::min(k, p.ids->count());
  CallFaiss(ErrorCode::kEngineFailed, "searching failed", [&] {
    const SearchPlan plan(*p.index, parameters, found);
    const std::size_t query_bytes =
        plan.width() * (sizeof(std::int64_t) + sizeof(float)) + dimension() * sizeof(float);
    const std::size_t round = std::max<std::size_t>(1, kTableBytes / query_bytes);
    for (std::size_t i = 0; i < n; i += round) {
      const std::size_t rows = std::min(round, n - i);
      p.SearchRows(plan, queries.data() + i * dimension(), rows, k, found, ids + i * k, scores + i * k);
    }
  });
}

void VectorIndex::Parts::SearchRows(const SearchPlan& plan, const float* queries, std::size_t rows,
                                    std::size_t k, std::size_t found, std::int64_t* out_ids,
                                    float* out_scores) const {
  std::unique_ptr<float[]> normalized;
  if (normalizes()) {
    normalized = FloatBuffer(rows * options.dimension);
    NormalizeRows(queries, rows, options.dimension, normalized.get());
    queries = normalized.get();
  }
  if (found > 0) {
    index->search(static_cast<faiss::idx_t>(rows), queries, static_cast<faiss::idx_t>(found), out_scores,
                  out_ids, plan.get());
  }
  // FAISS wrote rows of `found`: spread them to rows of k from the last one on, and pad.
  for (std::size_t row = rows; found < k && row-- > 0;) {
    std::copy_backward(out_ids + row * found, out_ids + (row + 1) * found, out_ids + row * k + found);
    std::copy_backward(out_scores + row * found, out_scores + (row + 1) * found,
                       out_scores + row * k + found);
    std::fill(out_ids + row * k + found, out_ids + (row + 1) * k, -1);
  }
  for (std::size_t i = 0; i < rows * k; ++i) {
    if (out_ids[i] < 0) out_scores[i] = worst_score();
  }
  ids->ToIds(out_ids, rows * k);
}

void VectorIndex::CheckSearchParameters(const SearchParameters& parameters) const {
  CheckKnobs(parts_->knobs, parameters);
}

void VectorIndex::Reconstruct(std::int64_t id, float* out) const {
  const Parts& p = *parts_;
  const auto read = p.Read();
  p.CheckUsable();
  const FaissLayers layers(*p.index);
  CallFaiss(ErrorCode::kIndexUnsupported,
            "the index \"" + p.options.factory + "\" cannot reconstruct vectors", [&] {
              const std::int64_t place = p.ids->Find(id);
              if (place == IdMap::kNone) {
                Fail(ErrorCode::kInvalidArgument, "id ", id, " is not in the index");
              }
              if (!layers.stores_ids()) return p.index->reconstruct(place, out);
              const auto list = static_cast<std::int64_t>(faiss::lo_listno(place));
              const auto offset = static_cast<std::int64_t>(faiss::lo_offset(place));
              if (!layers.transform) return layers.ivf->reconstruct_from_offset(list, offset, out);
              const auto inner = FloatBuffer(static_cast<std::size_t>(layers.ivf->d));
              layers.ivf->reconstruct_from_offset(list, offset, inner.get());
              layers.transform->reverse_chain(1, inner.get(), out);
            });
}

std::size_t VectorIndex::dimension() const { return parts_->options.dimension; }
Metric VectorIndex::metric() const { return parts_->options.metric; }
const std::string& VectorIndex::factory() const { return parts_->options.factory; }
std::size_t VectorIndex::count() const { return parts_->count; }
bool VectorIndex::is_trained() const { return parts_->trained; }
std::size_t VectorIndex::memory_bytes() const { return parts_->memory; }

bool VectorIndex::WantsAllThreads(std::size_t n) const {
  return static_cast<double>(n) * parts_->work_per_vector > kWideWork;
}

}  // namespace densenode
