// k-means of a coarse quantizer with its distances computed on a device.
#pragma once

#include <faiss/Index.h>

#include <memory>

#include "index/device_backend.h"

namespace densenode {

// An exact index that FAISS's k-means fills with centroids and asks for the nearest of each vector
// (IndexIVF::clustering_index). Used on any thread but that of the device.
class DeviceAssigner : public faiss::Index {
 public:
  DeviceAssigner(Device device, int dimension, faiss::MetricType metric);
  ~DeviceAssigner() override;

  void add(faiss::idx_t n, const float* vectors) override;
  void reset() override;
  void search(faiss::idx_t n, const float* queries, faiss::idx_t k, float* scores, faiss::idx_t* labels,
              const faiss::SearchParameters* parameters = nullptr) const override;

 private:
  Device device_;
  std::unique_ptr<DeviceIndex> on_device_;
};

}  // namespace densenode
