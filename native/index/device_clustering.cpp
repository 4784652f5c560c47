#include "index/device_clustering.h"

#include <faiss/IndexFlat.h>

#include <algorithm>

#include "index/place.h"

namespace densenode {
namespace {

// Searches of others take turns with slices of this many vectors.
constexpr faiss::idx_t kSlice = 8192;

}  // namespace

DeviceAssigner::DeviceAssigner(Device device, int dimension, faiss::MetricType metric)
    : faiss::Index(dimension, metric), device_(device) {
  reset();
}

DeviceAssigner::~DeviceAssigner() = default;

void DeviceAssigner::reset() {
  const faiss::IndexFlat empty(d, metric_type);
  RunAt(device_, [&] {
    on_device_.reset();
    on_device_ = GetDeviceBackend().Upload(device_, empty, Storage::kFloat);
  });
  ntotal = 0;
}

void DeviceAssigner::add(faiss::idx_t n, const float* vectors) {
  RunAt(device_, [&] { on_device_->Add({vectors, static_cast<std::size_t>(n), false, false}); });
  ntotal += n;
}

void DeviceAssigner::search(faiss::idx_t n, const float* queries, faiss::idx_t k, float* scores,
                            faiss::idx_t* labels, const faiss::SearchParameters*) const {
  for (faiss::idx_t begin = 0; begin < n; begin += kSlice) {
    const auto rows = static_cast<std::size_t>(std::min(kSlice, n - begin));
    RunAt(device_, [&] {
      on_device_->Search({queries + begin * d, rows, false, false}, static_cast<std::size_t>(k), 0,
                         labels + begin * k, scores + begin * k);
    });
  }
}

}  // namespace densenode
