#include "index/vector_index.h"

#include <faiss/utils/distances.h>

#include <algorithm>
#include <utility>

#include "common/error.h"
#include "index/device_form.h"
#include "index/faiss_call.h"
#include "index/faiss_file.h"
#include "index/faiss_layers.h"
#include "index/id_map.h"
#include "index/index_file.h"
#include "index/make_index.h"
#include "index/reconstruct.h"
#include "index/vector_index_parts.h"
#include "index/vectors.h"

namespace densenode {
namespace {

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
  parts_->SetFamily();
  if (!parts_->options.byte_codes) parts_->codes.Forbid();
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

std::shared_ptr<VectorIndex> VectorIndex::Open(const std::filesystem::path& path, bool mmap,
                                               bool byte_codes) {
  return FromFile(OpenIndexFile(path, mmap), byte_codes);
}

std::shared_ptr<VectorIndex> VectorIndex::ImportFaiss(const std::filesystem::path& path,
                                                      std::optional<Metric> metric, bool byte_codes) {
  return FromFile(ImportFaissFile(path, metric), byte_codes);
}

std::shared_ptr<VectorIndex> VectorIndex::FromFile(OpenedIndex opened, bool byte_codes) {
  auto parts = std::make_unique<Parts>();
  parts->options = std::move(opened.options);
  parts->options.byte_codes = byte_codes;
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
  std::unique_ptr<float[]> normalized;
  vectors = p.NormalizedCopy(vectors, &normalized);
  TrainFaissIndex(*fresh, n, vectors.data(), p.device().first());
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

void VectorIndex::Reconstruct(std::span<const std::int64_t> ids, float* out) const {
  const Parts& p = *parts_;
  for (bool done = false; !done;) {
    const Place here = p.device();
    if (here.is_cuda()) {
      RunAt(here, [&] { done = p.ReconstructHere(here, ids, out); });
    } else {
      done = p.ReconstructOnCpu(ids, out);
    }
  }
}

bool VectorIndex::Parts::ReconstructOnCpu(std::span<const std::int64_t> some_ids, float* out) const {
  const auto read = Read();
  if (device().is_cuda()) return false;
  CheckUsable();
  CallFaiss(ErrorCode::kIndexUnsupported, "the index \"" + options.factory + "\" cannot reconstruct vectors",
            [&] {
              std::vector<std::int64_t> places(some_ids.size());
              std::transform(some_ids.begin(), some_ids.end(), places.begin(),
                             [this](std::int64_t id) { return PlaceOf(id); });
              ReconstructRows(*index, places, out);
            });
  return true;
}

bool VectorIndex::Has(std::int64_t id) const {
  const auto read = parts_->Read();
  return parts_->ids->Find(id) != IdMap::kNone;
}

std::vector<std::int64_t> VectorIndex::Ids() const {
  const auto read = parts_->Read();
  std::vector<std::int64_t> ids;
  ids.reserve(parts_->ids->count());
  parts_->ids->ForEach([&](std::int64_t id, std::int64_t) { ids.push_back(id); });
  std::sort(ids.begin(), ids.end());
  return ids;
}

std::span<const float> VectorIndex::Parts::NormalizedCopy(std::span<const float> vectors,
                                                          std::unique_ptr<float[]>* buffer) const {
  if (!normalizes()) return vectors;
  *buffer = CallFaiss(ErrorCode::kEngineFailed, "adding", [&] { return FloatBuffer(vectors.size()); });
  NormalizeRows(vectors.data(), vectors.size() / options.dimension, options.dimension, buffer->get());
  return {buffer->get(), vectors.size()};
}

void VectorIndex::Parts::SetFamily() {
  const FaissLayers layers(*index);
  family = std::make_shared<const Family>(Family{
      options.factory, ParametersOf(*index), DeviceParametersOf(*index), layers.ivf ? layers.ivf->nlist : 0,
      layers.keeps_vectors(), layers.work_per_vector(), layers.most_squared_norm()});
  search_parameters = std::make_shared<const SearchParameters>(SearchParametersOf(*index));
}

const std::shared_ptr<Strand>& VectorIndex::changes() const { return parts_->changes; }
const std::shared_ptr<SearchQueue>& VectorIndex::searches() const { return parts_->searches; }
std::size_t VectorIndex::dimension() const { return parts_->options.dimension; }
Metric VectorIndex::metric() const { return parts_->options.metric; }
std::string VectorIndex::factory() const { return parts_->family.load()->factory; }
const std::string& VectorIndex::model() const { return parts_->options.model; }
std::size_t VectorIndex::count() const { return parts_->count; }
bool VectorIndex::is_trained() const { return parts_->trained; }
Place VectorIndex::device() const { return parts_->device(); }
std::int64_t VectorIndex::next_id() const { return parts_->next_id; }
bool VectorIndex::byte_codes() const { return parts_->codes.allowed(); }
std::size_t VectorIndex::memory_bytes() const { return parts_->memory + parts_->codes.memory_bytes(); }

bool VectorIndex::WantsAllThreads(std::size_t n) const {
  return !device().is_cuda() && static_cast<double>(n) * parts_->family.load()->work_per_vector > kWideWork;
}

}  // namespace densenode
