// The GPU part of FAISS as it is linked. Where there is no device it must throw: an abort would take the
// process along.
#include <faiss/gpu/GpuIndexFlat.h>
#include <faiss/gpu/StandardGpuResources.h>
#include <faiss/gpu/utils/DeviceUtils.h>
#include <faiss/impl/FaissException.h>
#include <gtest/gtest.h>

#include <vector>

#include "common/device.h"

namespace densenode {
namespace {

TEST(FaissGpu, WithoutADeviceAnIndexThrows) {
  if (!GetCudaSupport().devices.empty()) GTEST_SKIP() << "this machine has a CUDA device";
  EXPECT_EQ(faiss::gpu::getNumDevices(), 0);
  faiss::gpu::StandardGpuResources resources;
  EXPECT_THROW(faiss::gpu::GpuIndexFlatL2(&resources, 8), faiss::FaissException);
}

TEST(FaissGpu, WithADeviceTheNearestVectorIsFound) {
  if (GetCudaSupport().devices.empty()) GTEST_SKIP() << GetCudaSupport().problem;
  faiss::gpu::StandardGpuResources resources;
  faiss::gpu::GpuIndexFlatConfig config;
  config.device = GetCudaSupport().devices.front().ordinal;
  faiss::gpu::GpuIndexFlatL2 index(&resources, 2, config);
  const std::vector<float> vectors = {0, 0, 3, 4, 1, 1};
  index.add(3, vectors.data());
  const std::vector<float> query = {2.9f, 4.1f};
  faiss::idx_t id = -1;
  float distance = -1;
  index.search(1, query.data(), 1, &distance, &id);
  EXPECT_EQ(id, 1);
  EXPECT_NEAR(distance, 0.02, 1e-4);
}

}  // namespace
}  // namespace densenode
