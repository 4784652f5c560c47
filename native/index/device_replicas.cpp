#include "index/device_replicas.h"

#include <algorithm>
#include <numeric>

#include "index/place.h"
#include "index/waiting.h"

namespace densenode {
namespace {

// Fewer queries are not worth a second device: it reads all vectors for one query as for these.
constexpr std::size_t kLeastQueries = 32;

}  // namespace

class DeviceReplicas::Share {
 public:
  Share(const DeviceReplicas& replicas, std::size_t queries) : replicas_(replicas) {
    const std::size_t all = replicas.parts_.size();
    const std::size_t wanted = std::clamp<std::size_t>(queries / kLeastQueries, 1, all);
    each_ = (queries + wanted - 1) / wanted;
    std::lock_guard lock(replicas_.mutex_);
    parts_.resize(all);
    std::iota(parts_.begin(), parts_.end(), replicas_.turn_++ % all);
    for (std::size_t& part : parts_) part %= all;
    std::stable_sort(parts_.begin(), parts_.end(), [&](std::size_t one, std::size_t other) {
      return replicas_.pending_[one] < replicas_.pending_[other];
    });
    parts_.resize(wanted);
    for (const std::size_t part : parts_) replicas_.pending_[part] += each_;
  }
  ~Share() {
    std::lock_guard lock(replicas_.mutex_);
    for (const std::size_t part : parts_) replicas_.pending_[part] -= each_;
  }
  Share(const Share&) = delete;
  Share& operator=(const Share&) = delete;

  const std::vector<std::size_t>& parts() const { return parts_; }
  std::size_t each() const { return each_; }  // queries; the last part may have fewer

 private:
  const DeviceReplicas& replicas_;
  std::vector<std::size_t> parts_;
  std::size_t each_ = 0;
};

DeviceReplicas::DeviceReplicas(const std::vector<Device>& devices, const faiss::Index& base, Storage storage)
    : DeviceParts(devices, base), pending_(devices.size()) {
  OnAll([&](std::size_t i) { parts_[i].index = GetDeviceBackend().Upload(parts_[i].device, base, storage); });
}

void DeviceReplicas::PrepareAdd(const DeviceRows& rows) {
  OnAll([&](std::size_t i) { parts_[i].index->PrepareAdd(rows); });
}

void DeviceReplicas::Add(const DeviceRows& rows) {
  AddToParts(std::vector<DeviceRows>(parts_.size(), rows), rows.count);
}

void DeviceReplicas::Search(const DeviceRows& queries, std::size_t k, std::size_t nprobe,
                            std::int64_t* positions, float* scores) const {
  if (queries.count == 0) return;
  const Share share(*this, queries.count);
  Tasks tasks;
  std::size_t begin = 0;
  for (const std::size_t i : share.parts()) {
    DeviceRows part = queries;
    part.data += begin * dimension_;
    part.count = std::min(share.each(), queries.count - begin);
    tasks.Start(
        [&](std::function<void()> task) { GetDeviceBackend().Submit(parts_[i].device, std::move(task)); },
        [=, this] { parts_[i].index->Search(part, k, nprobe, positions + begin * k, scores + begin * k); });
    begin += part.count;
  }
  tasks.Wait();
}

void DeviceReplicas::Reconstruct(std::int64_t position, const faiss::Index& base, float* out) const {
  const Share share(*this, 1);
  const Part& part = parts_[share.parts()[0]];
  RunAt(part.device, [&] { part.index->Reconstruct(position, base, out); });
}

void DeviceReplicas::Download(faiss::Index& base) const {
  const Share share(*this, 1);
  const Part& part = parts_[share.parts()[0]];
  RunAt(part.device, [&] { part.index->Download(base); });
}

}  // namespace densenode
