// Changes of a VectorIndex.
#include <algorithm>
#include <utility>

#include "index/device_family.h"
#include "index/device_form.h"
#include "index/faiss_call.h"
#include "index/make_index.h"
#include "index/rebuild.h"
#include "index/vector_index_parts.h"
#include "index/vectors.h"

namespace densenode {
namespace {

// HNSW numbers its vectors with 32 bits, and fast scan counts them so.
constexpr std::size_t kMostVectors = std::numeric_limits<std::int32_t>::max();

void CheckRoom(const IdMap& ids, std::size_t more) {
  if (more <= kMostVectors - std::min(kMostVectors, ids.positions())) return;
  Fail(ErrorCode::kInvalidArgument, "an index holds at most ", kMostVectors, " vectors, but ",
       ids.positions(), " are here and ", more, " more were given");
}

}  // namespace

std::size_t VectorIndex::Parts::Change(const std::function<std::size_t(HostIndex)>& change_host) {
  if (!on_device) {
    const auto write = Write();
    const std::size_t result = change_host({*index, *ids, broken});
    Publish();
    return result;
  }
  // FAISS can only add on a GPU: the index is copied to the host, changed there, and brought back.
  Form whole = Downloaded();
  bool half_changed = false;
  const std::size_t result = change_host({*whole.index, *whole.ids, half_changed});
  auto shell = CloneWithoutVectors(*whole.index);
  Switch(Uploaded(*whole.index, std::move(shell), *whole.ids, device(), storage), device(), storage);
  return result;
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
  const auto normalize = [&] { vectors = p.NormalizedCopy(vectors, &normalized); };
  if (!p.device().is_cuda()) normalize();
  std::lock_guard change(p.change);
  p.CheckWritable();
  p.CheckTrained();
  CheckRoom(*p.ids, n);
  if (where.is_cuda() && where != p.device()) {  // moved in the moment between
    copied = HostCopy(where, vectors);
    vectors = {copied.get(), vectors.size()};
    where = {};
    p.CheckRows(vectors, "vector");
  }
  if (p.device().is_cuda()) {
    return p.AddOnDevice({vectors.data(), n, where.is_cuda(), p.normalizes()}, new_ids);
  }
  if (!normalized) normalize();
  const auto write = p.Write();
  AddVectors({*p.index, *p.ids, p.broken}, n, vectors.data(), new_ids);
  p.Publish(true);
}

std::size_t VectorIndex::Remove(std::span<const std::int64_t> removed_ids) {
  Parts& p = *parts_;
  std::lock_guard change(p.change);
  p.CheckWritable();
  const auto here = [&](std::int64_t id) { return p.ids->Find(id) != IdMap::kNone; };
  if (std::none_of(removed_ids.begin(), removed_ids.end(), here)) return 0;
  return p.Change([&](HostIndex host) { return RemoveVectors(host, removed_ids); });
}

std::size_t VectorIndex::Update(std::span<const float> vectors, std::span<const std::int64_t> replaced_ids,
                                Missing missing) {
  Parts& p = *parts_;
  const std::size_t n = p.CheckRows(vectors, "vector");
  IdMap::CheckIds(n, replaced_ids);
  std::unique_ptr<float[]> normalized;
  vectors = p.NormalizedCopy(vectors, &normalized);
  std::lock_guard change(p.change);
  p.CheckWritable();
  p.CheckTrained();
  CheckRoom(*p.ids, n);
  if (n == 0) return 0;
  return p.Change(
      [&](HostIndex host) { return ReplaceVectors(host, n, vectors.data(), replaced_ids, missing); });
}

void VectorIndex::Merge(const VectorIndex& other) {
  if (&other == this) Fail(ErrorCode::kInvalidArgument, "an index cannot be merged into itself");
  Parts& p = *parts_;
  const Parts& o = *other.parts_;
  const std::scoped_lock change(p.change, o.change);
  p.CheckWritable();
  o.CheckUsable();
  if (o.options.dimension != p.options.dimension || o.options.metric != p.options.metric) {
    Fail(ErrorCode::kInvalidArgument, "expected an index of dimension ", p.options.dimension,
         " and metric \"", MetricName(p.options.metric), "\" to merge, but got dimension ",
         o.options.dimension, " and metric \"", MetricName(o.options.metric), "\"");
  }
  if (o.ids->count() == 0) return;
  p.CheckTrained();
  CheckRoom(*p.ids, o.ids->count());
  const Parts::Form downloaded = o.on_device ? o.Downloaded() : Parts::Form();
  faiss::Index& its_index = downloaded.index ? *downloaded.index : *o.index;
  const IdMap& its_ids = downloaded.ids ? *downloaded.ids : *o.ids;
  const bool same_factory = o.options.factory == p.options.factory;
  p.Change([&](HostIndex host) {
    MergeVectors(host, its_index, its_ids, same_factory);
    return std::size_t{0};
  });
}

void VectorIndex::Upgrade(const std::string& factory, const Parameters& parameters, bool allow_lossy,
                          const Cancellation* cancellation) {
  Parts& p = *parts_;
  std::lock_guard change(p.change);
  p.CheckUsable();
  CreateOptions options = p.options;
  options.factory = factory;
  options.parameters = parameters;
  auto fresh = MakeFaissIndex(options);
  if (p.device().is_cuda()) CheckDeviceFamily(*fresh, factory, p.storage);
  if (!allow_lossy && !FaissLayers(*p.index).keeps_vectors() && p.ids->count() > 0) {
    Fail(ErrorCode::kIndexUnsupported, "the index \"", p.options.factory,
         "\" keeps its vectors in a lossy form, which the new one would be built from; allow that, or build "
         "the "
         "new index from the vectors themselves");
  }
  p.RebuildAs(std::move(fresh), options, cancellation);
}

void VectorIndex::Compact(const Cancellation* cancellation) {
  Parts& p = *parts_;
  std::lock_guard change(p.change);
  p.CheckWritable();
  if (p.ids->removed() == 0) return;
  auto fresh = EmptyCopy(*p.index);
  if (!fresh) fresh = MakeFaissIndex(p.options);
  p.RebuildAs(std::move(fresh), p.options, cancellation);
}

void VectorIndex::Parts::RebuildAs(std::unique_ptr<faiss::Index> fresh, const CreateOptions& its_options,
                                   const Cancellation* cancellation) {
  const Form whole = on_device ? Downloaded() : Form();
  Form form;
  form.ids = Rebuild(whole.index ? *whole.index : *index, whole.ids ? *whole.ids : *ids, *fresh,
                     device().first(), cancellation);
  if (device().is_cuda() && fresh->is_trained) {
    auto shell = CloneWithoutVectors(*fresh);
    form = Uploaded(*fresh, std::move(shell), *form.ids, device(), storage);
  } else {
    form.index = std::move(fresh);
  }
  form.options = its_options;
  Switch(std::move(form), device(), storage);
}

}  // namespace densenode
