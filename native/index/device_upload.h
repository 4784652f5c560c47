// An index to one device or to several.
#pragma once

#include <faiss/Index.h>

#include <memory>

#include "index/device_backend.h"
#include "index/place.h"

namespace densenode {

// As DeviceBackend::Upload, where the work of `place` is done (RunAt). With Spread::kShard each vector is on
// one of the devices, which all search for every query, and the best of their results are the result. With
// Spread::kReplicate all vectors are on each device, and queries are divided among those that have the least
// to do. An index on several devices takes rows in host memory only.
std::unique_ptr<DeviceIndex> Upload(Place place, const faiss::Index& base, Storage storage);

}  // namespace densenode
