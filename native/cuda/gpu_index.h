// The vectors of an index on one GPU, by FAISS's GPU indexes.
#pragma once

#include <faiss/Index.h>

#include <memory>

#include "cuda/gpu_resources.h"
#include "index/device_backend.h"

namespace densenode {

// As DeviceBackend::Upload; on the thread of `resources`.
std::unique_ptr<DeviceIndex> UploadToGpu(GpuResources& resources, const faiss::Index& base, Storage storage);

}  // namespace densenode
