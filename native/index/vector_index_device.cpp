// VectorIndex with its vectors on a device.
#include <algorithm>
#include <utility>

#include "common/memory.h"
#include "index/device_family.h"
#include "index/device_form.h"
#include "index/device_upload.h"
#include "index/faiss_call.h"
#include "index/vector_index_parts.h"
#include "index/vectors.h"

namespace densenode {
namespace {

// The inverted lists of an index replaced by others for the life of the object.
class LentLists {
 public:
  LentLists(faiss::IndexIVF* ivf, std::unique_ptr<faiss::InvertedLists> lists, faiss::idx_t count)
      : ivf_(ivf), lists_(std::move(lists)) {
    if (!ivf_) return;
    own_ = std::exchange(ivf_->invlists, lists_.get());
    ivf_->ntotal = count;
  }
  ~LentLists() {
    if (!ivf_) return;
    ivf_->invlists = own_;
    ivf_->ntotal = 0;
  }
  LentLists(const LentLists&) = delete;
  LentLists& operator=(const LentLists&) = delete;

 private:
  faiss::IndexIVF* ivf_;
  std::unique_ptr<faiss::InvertedLists> lists_;
  faiss::InvertedLists* own_ = nullptr;
};

}  // namespace

std::unique_ptr<float[]> HostCopy(Device device, std::span<const float> values) {
  auto copy = CallFaiss(ErrorCode::kOutOfMemory, "copying vectors from the device",
                        [&] { return FloatBuffer(values.size()); });
  GetDeviceBackend().CopyToHost(device, values.data(), values.size(), copy.get());
  return copy;
}

VectorIndex::Parts::Form VectorIndex::Parts::Uploaded(faiss::Index& index,
                                                      std::unique_ptr<faiss::Index> shell,
                                                      const IdMap& its_ids, Place to, Storage storage) {
  const FaissLayers layers(index);
  const FaissLayers shell_layers(*shell);
  PositionIds positions = CallFaiss(ErrorCode::kOutOfMemory, "moving an index to a device",
                                    [&] { return PositionIds(layers, its_ids); });
  Form form;
  RunAt(to, [&] {
    CallFaiss(ErrorCode::kEngineFailed, "moving an index to a device", [&] {
      if (layers.ivf) {
        // The shell has what else the device needs, and nobody else reads it.
        const LentLists lent(shell_layers.ivf, positions.Lists(), layers.ivf->ntotal);
        form.on_device = Upload(to, *shell_layers.base, storage);
      } else {
        form.on_device = Upload(to, *layers.base, storage);
      }
    });
  });
  form.index = std::move(shell);
  form.ids = positions.TakeIds();
  return form;
}

VectorIndex::Parts::Form VectorIndex::Parts::Downloaded() const {
  Form form;
  RunAt(device(), [&] {
    CallFaiss(ErrorCode::kEngineFailed, "copying an index from a device", [&] {
      {
        const auto write = Write();  // for a moment: the shell changes while it is copied
        form.index = CloneWithoutVectors(*index);
      }
      const FaissLayers layers(*form.index);
      on_device->Download(*layers.base);
      layers.top->ntotal = layers.base->ntotal;
      form.ids = IdsOfPositions(layers, *ids);
    });
  });
  return form;
}

void VectorIndex::Parts::Switch(Form form, Place to, Storage its_storage) {
  std::shared_ptr<const MappedFile> old_mapping;
  {
    const auto write = Write();
    std::swap(index, form.index);
    std::swap(ids, form.ids);
    std::swap(on_device, form.on_device);
    std::swap(mapping, old_mapping);
    if (form.options) {
      options.factory = form.options->factory;
      options.parameters = form.options->parameters;
      SetFamily();
    }
    storage = its_storage;
    place = to;
    Publish();
  }
  const bool freed_host_memory = form.index && form.index->ntotal > 0;
  form.index.reset();  // before the mapping that it may lie in
  if (freed_host_memory) ReturnFreeMemory();
}

void VectorIndex::MoveTo(Place target, std::optional<Storage> wanted) {
  Parts& p = *parts_;
  std::lock_guard change(p.change);
  const Place from = p.device();
  const Storage storage = wanted.value_or(from.is_cuda() ? p.storage : Storage::kFloat);
  if (!target.is_cuda() && wanted == Storage::kHalf) {
    Fail(ErrorCode::kInvalidArgument,
         "storage \"fp16\" is for a device; on the CPU the factory string says it: \"SQfp16\"");
  }
  if (target == from && (!target.is_cuda() || storage == p.storage)) return;
  p.CheckUsable();
  if (target.is_cuda()) CheckDeviceFamily(*p.index, p.options.factory, storage);

  if (!p.index->is_trained) {  // and holds no vectors
    const auto write = p.Write();
    p.storage = storage;
    p.place = target;
    return;
  }
  Parts::Form form;
  if (from.is_cuda()) {
    form = p.Downloaded();
    if (target.is_cuda()) {
      const Parts::Form whole = std::exchange(form, {});
      auto shell = CloneWithoutVectors(*whole.index);
      form = Parts::Uploaded(*whole.index, std::move(shell), *whole.ids, target, storage);
    }
  } else {
    std::unique_ptr<faiss::Index> shell;
    {
      const auto write = p.Write();  // for a moment: the vectors are taken out while the rest is copied
      shell = CallFaiss(ErrorCode::kOutOfMemory, "moving an index to a device",
                        [&] { return CloneWithoutVectors(*p.index); });
    }
    form = Parts::Uploaded(*p.index, std::move(shell), *p.ids, target, storage);
  }
  p.Switch(std::move(form), target, target.is_cuda() ? storage : Storage::kFloat);
  // Searches that this device got before must not meet a change that waits for it (vector_index_parts.h).
  if (target.group() && from.is_cuda() && !from.group()) RunAt(from, [] {});
}

DeviceRows VectorIndex::Parts::Transformed(const DeviceRows& rows, const char* what,
                                           std::unique_ptr<float[]>* buffer) const {
  const FaissLayers layers(*index);
  if (!layers.transform) return rows;
  // FAISS transforms on the CPU.
  const std::size_t values = rows.count * options.dimension;
  std::unique_ptr<float[]> host;
  const float* data = rows.data;
  if (rows.on_device) {
    host = HostCopy(device().first(), {rows.data, values});
    data = host.get();
  }
  CheckRows({data, values}, what);
  if (rows.normalize) {
    if (!host) host = FloatBuffer(values);
    NormalizeRows(data, rows.count, options.dimension, host.get());
    data = host.get();
  }
  buffer->reset(
      const_cast<float*>(layers.transform->apply_chain(static_cast<faiss::idx_t>(rows.count), data)));
  return {buffer->get(), rows.count, false, false};
}

void VectorIndex::Parts::AddOnDevice(DeviceRows rows, std::span<const std::int64_t> new_ids) {
  RunAt(device(), [&] {
    const auto write = Write();
    CallFaiss(ErrorCode::kEngineFailed, "adding", [&] {
      ids->Prepare(rows.count, new_ids);
      if (rows.count == 0) return;
      std::unique_ptr<float[]> transformed;
      try {
        on_device->Add(Transformed(rows, "vector", &transformed));
      } catch (...) {
        broken = on_device->damaged();
        throw;
      }
      ids->Append();
      Publish();
    });
  });
}

bool VectorIndex::SearchHere(Place here, std::span<const float> queries, std::size_t k,
                             const SearchParameters& parameters, std::int64_t* ids, float* scores,
                             Device where, const Filter* filter) const {
  const Parts& p = *parts_;
  if (p.device() != here) return false;
  const auto read = p.Read();
  if (p.device() != here) return false;
  const std::size_t n = queries.size() / dimension();
  if (queries.size() % dimension() != 0) p.CheckRows(queries, "query");
  if (k < 1 || k > kMostDeviceResults) {
    Fail(ErrorCode::kInvalidArgument, "k must be from 1 to ", kMostDeviceResults, " on a GPU, but got ", k,
         "; for more neighbours move the index to the CPU");
  }
  if (filter) {
    Fail(ErrorCode::kIndexUnsupported,
         "FAISS has no filters on a GPU; move the index to the CPU to search with one");
  }
  CheckParameters(p.family.load()->device_parameters, parameters, ParameterUse::kSearch);
  p.CheckUsable();
  p.CheckTrained();
  const std::size_t found = std::min(k, p.ids->count());
  if (found == 0 && !where.is_cuda()) p.CheckRows(queries, "query");
  if (found > 0 && n > 0) {
    const auto probes = parameters.find("nprobe");
    const faiss::IndexIVF* ivf = FaissLayers(*p.index).ivf;
    std::size_t nprobe = ivf ? std::min(ivf->nprobe, kMostDeviceResults) : 0;
    if (probes != parameters.end()) nprobe = static_cast<std::size_t>(probes->second);
    CallFaiss(ErrorCode::kEngineFailed, "searching failed", [&] {
      std::unique_ptr<float[]> transformed;
      const DeviceRows rows =
          p.Transformed({queries.data(), n, where.is_cuda(), p.normalizes()}, "query", &transformed);
      try {
        p.on_device->Search(rows, found, nprobe, ids, scores);
      } catch (const Error& error) {
        // The device says that a value is wrong; the host finds which, in the words of every other index.
        if (error.code() == ErrorCode::kInvalidArgument && !where.is_cuda()) {
          p.CheckRows(queries, "query");
        }
        throw;
      }
    });
  }
  p.FinishRows(n, k, found, ids, scores);
  return true;
}

bool VectorIndex::Parts::ReconstructHere(Place here, std::span<const std::int64_t> some_ids,
                                         float* out) const {
  if (device() != here) return false;
  const auto read = Read();
  if (device() != here) return false;
  CheckUsable();
  CallFaiss(ErrorCode::kEngineFailed, "reconstructing failed", [&] {
    const FaissLayers layers(*index);
    const auto inner = FloatBuffer(static_cast<std::size_t>(layers.base->d));
    for (std::int64_t id : some_ids) {
      const std::int64_t position = PlaceOf(id);
      on_device->Reconstruct(position, *layers.base, layers.transform ? inner.get() : out);
      if (layers.transform) layers.transform->reverse_chain(1, inner.get(), out);
      out += options.dimension;
    }
  });
  return true;
}

}  // namespace densenode
