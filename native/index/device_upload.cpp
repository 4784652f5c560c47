#include "index/device_upload.h"

#include "index/device_replicas.h"
#include "index/device_shards.h"

namespace densenode {

std::unique_ptr<DeviceIndex> Upload(Place place, const faiss::Index& base, Storage storage) {
  const DeviceGroup* group = place.group();
  if (!group) return GetDeviceBackend().Upload(place.first(), base, storage);
  if (group->spread() == Spread::kShard) {
    return std::make_unique<DeviceShards>(group->devices(), base, storage);
  }
  return std::make_unique<DeviceReplicas>(group->devices(), base, storage);
}

}  // namespace densenode
