#include "index/vector_index.h"

#include <faiss/impl/IDSelector.h>
#include <faiss/utils/distances.h>

#include <algorithm>
#include <limits>
#include <utility>

#include "common/error.h"
#include "index/device_family.h"
#include "index/device_form.h"
#include "index/faiss_call.h"
#include "index/faiss_file.h"
#include "index/faiss_layers.h"
#include "index/id_map.h"
#include "index/index_file.h"
#include "index/interrupt.h"
#include "index/make_index.h"
#include "index/search_plan.h"
#include "index/vector_index_parts.h"
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

VectorIndex::VectorIndex(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {
  TuneFaissOnce();
  const FaissLayers layers(*parts_->index);
  parts_->knobs = SearchKnobs(*parts_->index);
  parts_->device_knobs = DeviceSearchKnobs(*parts_->index);
  parts_->work_per_vector = layers.work_per_vector();
  if (!parts_->ids) parts_->ids = std::make_unique<IdMap>(layers.stores_ids() ? layers.ivf : nullptr);
  parts_->Publish();
}

VectorIndex::~VectorIndex() = default;

std::shared_ptr<VectorIndex> VectorIndex::Create(const CreateOptions& options) {
  auto parts = std::make_unique<Parts>();
  parts->options = options;
  parts->index = MakeFaissIndex(options);
  std::shared_ptr<VectorIndex> index(new VectorIndex(std::move(parts)));
  index->MoveTo(options.device, options.storage);
  return index;
}

std::shared_ptr<VectorIndex> VectorIndex::Open(const std::filesystem::path& path, bool mmap) {
  return FromFile(OpenIndexFile(path, mmap));
}

std::shared_ptr<VectorIndex> VectorIndex::ImportFaiss(const std::filesystem::path& path,
                                                      std::optional<Metric> metric) {
  return FromFile(ImportFaissFile(path, metric));
}

std::shared_ptr<VectorIndex> VectorIndex::FromFile(OpenedIndex opened) {
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
  if (parts_->on_device) {
    const Parts::Form form = parts_->Downloaded();
    SaveIndexFile(path, parts_->options, *form.index, *form.ids);
  } else {
    SaveIndexFile(path, parts_->options, *parts_->index, *parts_->ids);
  }
}

void VectorIndex::ExportFaiss(const std::filesystem::path& path) const {
  std::lock_guard change(parts_->change);
  parts_->CheckUsable();
  if (parts_->on_device) {
    const Parts::Form form = parts_->Downloaded();
    ExportFaissFile(path, *form.index, *form.ids);
  } else {
    ExportFaissFile(path, *parts_->index, *parts_->ids);
  }
}

void VectorIndex::Train(std::span<const float> vectors) {
  Parts& p = *parts_;
  const std::size_t n = p.CheckRows(vectors, "training vector");
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
    TrainFaissIndex(*fresh, n, normalized.get(), p.device().first());
  } else {
    TrainFaissIndex(*fresh, n, vectors.data(), p.device().first());
  }
  const FaissLayers layers(*fresh);
  auto ids = std::make_unique<IdMap>(layers.stores_ids() ? layers.ivf : nullptr, std::vector<std::int64_t>(),
                                     p.ids->mode(), 0, p.ids->next_id());
  Parts::Form form;
  if (p.device().is_cuda()) {
    auto shell = CloneWithoutVectors(*fresh);
    form = Parts::Uploaded(*fresh, std::move(shell), *ids, p.device(), p.storage);
  } else {
    form.index = std::move(fresh);
    form.ids = std::move(ids);
  }
  p.Switch(std::move(form), p.device(), p.storage);
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

void VectorIndex::Add(std::span<const float> vectors, std::span<const std::int64_t> new_ids, Device where) {
  Parts& p = *parts_;
  std::unique_ptr<float[]> copied, normalized;
  if (where.is_cuda() && where != p.device()) {
    copied = HostCopy(where, vectors);
    vectors = {copied.get(), vectors.size()};
    where = {};
  }
  const std::size_t n = where.is_cuda() ? vectors.size() / dimension() : p.CheckRows(vectors, "vector");
  const auto normalize = [&] {
    normalized = CallFaiss(ErrorCode::kEngineFailed, "adding", [&] { return FloatBuffer(vectors.size()); });
    NormalizeRows(vectors.data(), n, dimension(), normalized.get());
  };
  if (p.normalizes() && !p.device().is_cuda()) normalize();
  std::lock_guard change(p.change);
  p.CheckWritable();
  p.CheckTrained();
  if (n > kMostVectors - std::min(kMostVectors, p.ids->count())) {
    Fail(ErrorCode::kInvalidArgument, "an index holds at most ", kMostVectors, " vectors, but ",
         p.ids->count(), " are here and ", n, " more were given");
  }
  if (where.is_cuda() && where != p.device()) {  // moved in the moment between
    copied = HostCopy(where, vectors);
    vectors = {copied.get(), vectors.size()};
    where = {};
    p.CheckRows(vectors, "vector");
  }
  if (p.device().is_cuda()) {
    p.AddOnDevice({vectors.data(), n, where.is_cuda(), p.normalizes()}, new_ids);
    return;
  }
  if (p.normalizes() && !normalized) normalize();
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
  if (p.device().is_cuda()) return p.on_device ? p.RemoveOnDevice(removed_ids) : 0;
  const auto write = p.Write();
  const std::size_t removed = RemoveFromFaiss(*p.index, *p.ids, removed_ids, &p.broken);
  p.Publish();
  return removed;
}

std::size_t RemoveFromFaiss(faiss::Index& index, IdMap& ids, std::span<const std::int64_t> removed_ids,
                            bool* broken) {
  const FaissLayers layers(index);
  return CallFaiss(ErrorCode::kEngineFailed, "removing failed", [&]() -> std::size_t {
    const std::size_t before = ids.count();
    if (layers.stores_ids()) {
      const faiss::IDSelectorBatch selector(removed_ids.size(), removed_ids.data());
      *broken = true;  // until the counts agree again
      index.remove_ids(selector);
      // FAISS counts nothing removed from the block lists of fast scan: the lists themselves know.
      const std::size_t left = layers.ivf->invlists->compute_ntotal();
      layers.ivf->ntotal = index.ntotal = static_cast<faiss::idx_t>(left);
      ids.RemoveStored(before - left);
    } else {
      const auto positions = ids.PreparePositions(removed_ids);
      if (positions.empty()) return 0;
      const faiss::IDSelectorBitmap selector(before, positions.data());
      *broken = true;
      index.remove_ids(selector);
      ids.RemovePositions(positions);
    }
    *broken = false;
    return before - ids.count();
  });
}

void VectorIndex::Search(std::span<const float> queries, std::size_t k, const SearchParameters& parameters,
                         std::int64_t* ids, float* scores, Device where) const {
  const Parts& p = *parts_;
  std::unique_ptr<float[]> copied;
  for (bool done = false; !done;) {  // again if the index moved in the moment between
    const Place here = p.device();
    if (where.is_cuda() && where != here) {
      copied = HostCopy(where, queries);
      queries = {copied.get(), queries.size()};
      where = {};
    }
    if (here.is_cuda()) {
      RunAt(here, [&] { done = SearchHere(here, queries, k, parameters, ids, scores, where); });
    } else {
      done = p.SearchOnCpu(queries, k, parameters, ids, scores);
    }
  }
}

bool VectorIndex::Parts::SearchOnCpu(std::span<const float> queries, std::size_t k,
                                     const SearchParameters& parameters, std::int64_t* out_ids,
                                     float* out_scores) const {
  const std::size_t n = CheckRows(queries, "query");
  const auto read = Read();
  if (device().is_cuda()) return false;
  if (k < 1 || k > kMostResults) {
    Fail(ErrorCode::kInvalidArgument, "k must be from 1 to ", kMostResults, ", but got ", k);
  }
  CheckKnobs(knobs, parameters);
  CheckUsable();
  CheckTrained();
  const std::size_t found = std::min(k, ids->count());
  CallFaiss(ErrorCode::kEngineFailed, "searching failed", [&] {
    const SearchPlan plan(*index, parameters, found);
    const std::size_t query_bytes =
        plan.width() * (sizeof(std::int64_t) + sizeof(float)) + options.dimension * sizeof(float);
    const std::size_t round = std::max<std::size_t>(1, kTableBytes / query_bytes);
    for (std::size_t i = 0; i < n; i += round) {
      const std::size_t rows = std::min(round, n - i);
      SearchRows(plan, queries.data() + i * options.dimension, rows, k, found, out_ids + i * k,
                 out_scores + i * k);
    }
  });
  return true;
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
  FinishRows(rows, k, found, out_ids, out_scores);
}

void VectorIndex::Parts::FinishRows(std::size_t rows, std::size_t k, std::size_t found, std::int64_t* out_ids,
                                    float* out_scores) const {
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
  CheckKnobs(device().is_cuda() ? parts_->device_knobs : parts_->knobs, parameters);
}

void VectorIndex::Reconstruct(std::int64_t id, float* out) const {
  const Parts& p = *parts_;
  for (bool done = false; !done;) {
    const Place here = p.device();
    if (here.is_cuda()) {
      RunAt(here, [&] { done = p.ReconstructHere(here, id, out); });
    } else {
      done = p.ReconstructOnCpu(id, out);
    }
  }
}

bool VectorIndex::Parts::ReconstructOnCpu(std::int64_t id, float* out) const {
  const auto read = Read();
  if (device().is_cuda()) return false;
  CheckUsable();
  const FaissLayers layers(*index);
  CallFaiss(ErrorCode::kIndexUnsupported, "the index \"" + options.factory + "\" cannot reconstruct vectors",
            [&] {
              const std::int64_t place = PlaceOf(id);
              if (!layers.stores_ids()) return index->reconstruct(place, out);
              const auto list = static_cast<std::int64_t>(faiss::lo_listno(place));
              const auto offset = static_cast<std::int64_t>(faiss::lo_offset(place));
              if (!layers.transform) return layers.ivf->reconstruct_from_offset(list, offset, out);
              const auto inner = FloatBuffer(static_cast<std::size_t>(layers.ivf->d));
              layers.ivf->reconstruct_from_offset(list, offset, inner.get());
              layers.transform->reverse_chain(1, inner.get(), out);
            });
  return true;
}

std::size_t VectorIndex::dimension() const { return parts_->options.dimension; }
Metric VectorIndex::metric() const { return parts_->options.metric; }
const std::string& VectorIndex::factory() const { return parts_->options.factory; }
const std::string& VectorIndex::model() const { return parts_->options.model; }
std::size_t VectorIndex::count() const { return parts_->count; }
bool VectorIndex::is_trained() const { return parts_->trained; }
Place VectorIndex::device() const { return parts_->device(); }
std::size_t VectorIndex::most_results() const {
  return device().is_cuda() ? kMostDeviceResults : kMostResults;
}
std::size_t VectorIndex::memory_bytes() const { return parts_->memory; }

bool VectorIndex::WantsAllThreads(std::size_t n) const {
  return !device().is_cuda() && static_cast<double>(n) * parts_->work_per_vector > kWideWork;
}

}  // namespace densenode
