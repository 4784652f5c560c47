// What a VectorIndex consists of. For vector_index*.cpp only.
#pragma once

#include <faiss/Index.h>
#include <faiss/IndexFlat.h>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <mutex>
#include <optional>
#include <shared_mutex>
#include <span>
#include <string>
#include <vector>

#include "common/error.h"
#include "common/mapped_file.h"
#include "common/strand.h"
#include "index/device_backend.h"
#include "index/faiss_change.h"
#include "index/faiss_layers.h"
#include "index/filter_selection.h"
#include "index/id_map.h"
#include "index/index_codes.h"
#include "index/index_parameters.h"
#include "index/place.h"
#include "index/search_plan.h"
#include "index/search_queue.h"
#include "index/vector_index.h"
#include "index/vectors.h"

namespace densenode {

struct VectorIndex::Parts {
  CreateOptions options;
  std::shared_ptr<const MappedFile> mapping;  // set: the vectors lie in it, and the index is read-only
  std::unique_ptr<faiss::Index> index;
  std::unique_ptr<IdMap> ids;
  mutable IndexCodes codes;  // of vectors on the heap
  // What the factory string makes of it; another one after Upgrade. For readers without a lock.
  struct Family {
    std::string factory;
    std::vector<IndexParameter> parameters, device_parameters;
    std::size_t lists = 0;  // inverted ones; 0 where there are none
    bool keeps_vectors = false;
    double work_per_vector = 0;
    float most_squared_norm = kMostSquaredNorm;

    const std::vector<IndexParameter>& ParametersAt(const Place& where) const;
  };
  std::atomic<std::shared_ptr<const Family>> family;

  // On a device: its vectors, and `index` holds everything else. Null while an index there is not trained.
  std::unique_ptr<DeviceIndex> on_device;
  Storage storage = Storage::kFloat;

  // Three locks, always taken in this order. `change` is held by whoever changes the index and by Save, so
  // that saving keeps changes out but lets searches go on; `changes` keeps those who would wait for it off
  // the pool. `gate` is passed by readers and held by a waiting writer, so that a stream of searches cannot
  // starve it. `content` guards index, ids and on_device.
  //
  // The thread of a device takes gate and content for its work on an index that is on this device alone.
  // Others may wait for that thread while they hold `change`, never while they hold gate or content. Only the
  // threads of a DeviceGroup do: they take the locks for an index on several devices, whose threads then work
  // on its parts without a lock. What was queued on the thread of a device before the index came to the group
  // is awaited before the first change (MoveTo), and what comes later looks where the index is before it
  // takes a lock.
  const std::shared_ptr<Strand> changes = std::make_shared<Strand>();
  const std::shared_ptr<SearchQueue> searches = std::make_shared<SearchQueue>();
  mutable std::mutex change;
  mutable std::mutex gate;
  mutable std::shared_mutex content;

  // Copies for readers that must not wait for a long change.
  std::atomic<std::size_t> count{0};
  std::atomic<std::int64_t> next_id{0};
  std::atomic<std::size_t> memory{0};
  std::atomic<bool> trained{false};
  std::atomic<Place> place{};
  std::atomic<std::shared_ptr<const SearchParameters>> search_parameters;
  bool broken = false;                    // FAISS failed halfway through a change
  std::atomic<std::uint64_t> version{0};  // changes so far

  std::shared_lock<std::shared_mutex> Read() const {
    std::lock_guard pass(gate);
    return std::shared_lock(content);
  }
  // Without waiting; what holds nothing: a change is on.
  std::shared_lock<std::shared_mutex> TryRead() const {
    const std::unique_lock pass(gate, std::try_to_lock);
    return pass ? std::shared_lock(content, std::try_to_lock) : std::shared_lock<std::shared_mutex>();
  }
  std::unique_lock<std::shared_mutex> Write() const {
    std::lock_guard hold(gate);
    return std::unique_lock(content);
  }

  Place device() const { return place; }
  bool normalizes() const { return options.metric == Metric::kCosine; }
  // Rows of `vectors`, which lie in host memory; throws as CheckVectors.
  std::size_t CheckRows(std::span<const float> vectors, const char* what, std::size_t first = 0) const {
    return CheckVectors(vectors, options.dimension, what,
                        normalizes() ? kAnySquaredNorm : family.load()->most_squared_norm, first);
  }
  float worst_score() const {
    constexpr float kInfinity = std::numeric_limits<float>::infinity();
    return faiss::is_similarity_metric(index->metric_type) ? -kInfinity : kInfinity;
  }

  // After a change; `appended`: to what is as it was.
  void Publish(bool appended = false) {
    ++version;
    if (!appended) codes.Drop();
    if (!on_device && !mapping) codes.Follow(*index);
    count = ids->count();
    next_id = ids->next_id();
    trained = index->is_trained;
    const std::size_t vectors = on_device ? on_device->memory_bytes() : FaissLayers(*index).memory_bytes();
    memory = vectors + ids->memory_bytes();
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

  // After options or the index came in.
  void SetFamily();
  // Runs a change with exclusive access, on a copy in host memory where the vectors are on a device. `change`
  // is held.
  std::size_t Change(const std::function<std::size_t(HostIndex)>& change_host);
  // Puts `fresh`, made by `its_options` and to be filled with the vectors of this index, in its place.
  // `change` is held.
  void RebuildAs(std::unique_ptr<faiss::Index> fresh, const CreateOptions& its_options,
                 const Cancellation* cancellation);
  // With what Read() gives; false if the index is not in host memory.
  bool SearchOnCpu(std::span<const float> queries, std::size_t k, const SearchParameters& parameters,
                   const Filter* filter, std::int64_t* out_ids, float* out_scores) const;
  // What a search may return; null: all that is in FAISS.
  std::shared_ptr<const Selection> Selected(const Filter* filter) const {
    return densenode::Selected(filter, version, *ids);
  }
  // Rows of length 1 in `buffer` where the metric is cosine, `rows` otherwise.
  const float* Normalized(const float* rows, std::size_t count, std::unique_ptr<float[]>* buffer) const;
  std::span<const float> NormalizedCopy(std::span<const float> vectors,
                                        std::unique_ptr<float[]>* buffer) const;
  bool ReconstructOnCpu(std::span<const std::int64_t> some_ids, float* out) const;
  // Where an id is; throws INVALID_ARGUMENT if it is nowhere.
  std::int64_t PlaceOf(std::int64_t id) const {
    const std::int64_t found = ids->Find(id);
    if (found == IdMap::kNone) Fail(ErrorCode::kInvalidArgument, "id ", id, " is not in the index");
    return found;
  }
  // Spreads rows of `found` labels and scores to rows of k from the last one on, pads them, and turns labels
  // into ids.
  void FinishRows(std::size_t rows, std::size_t k, std::size_t found, std::int64_t* out_ids,
                  float* out_scores) const;

  // Both forms of an index as wholes.
  struct Form {
    std::unique_ptr<faiss::Index> index;
    std::unique_ptr<IdMap> ids;
    std::unique_ptr<DeviceIndex> on_device;
    std::optional<CreateOptions> options = {};  // unset: as they are
  };
  // From the device that has the index; `change` is held, gate and content are not.
  Form Downloaded() const;
  // To a device; `index` and `its_ids` stay as they are. `index` is trained and admitted there.
  static Form Uploaded(faiss::Index& index, std::unique_ptr<faiss::Index> shell, const IdMap& its_ids,
                       Place to, Storage storage);
  // Takes gate and content, and frees what was there after it let go of them.
  void Switch(Form form, Place to, Storage storage);
  // `change` is held.
  void AddOnDevice(DeviceRows rows, std::span<const std::int64_t> new_ids);
  // Where the work of `here` is done; false if the index is not there (any more).
  bool ReconstructHere(Place here, std::span<const std::int64_t> some_ids, float* out) const;
  // Vectors as the base of the index takes them where it has transforms; `rows` otherwise. `what` names them
  // in an error.
  DeviceRows Transformed(const DeviceRows& rows, const char* what, std::unique_ptr<float[]>* buffer) const;
};

// Floats of a device in host memory. Throws OUT_OF_MEMORY.
std::unique_ptr<float[]> HostCopy(Device device, std::span<const float> values);

}  // namespace densenode
