#include "index/device_parts.h"

#include "index/waiting.h"

namespace densenode {

DeviceParts::DeviceParts(const std::vector<Device>& devices, const faiss::Index& base)
    : dimension_(static_cast<std::size_t>(base.d)), count_(static_cast<std::size_t>(base.ntotal)) {
  for (const Device device : devices) parts_.push_back({device, nullptr});
}

std::size_t DeviceParts::memory_bytes() const {
  std::size_t bytes = 0;
  for (const Part& part : parts_) bytes += part.index->memory_bytes();
  return bytes;
}

void DeviceParts::OnAll(const std::function<void(std::size_t)>& body) const {
  Tasks tasks;
  for (std::size_t i = 0; i < parts_.size(); ++i) {
    tasks.Start(
        [&](std::function<void()> task) { GetDeviceBackend().Submit(parts_[i].device, std::move(task)); },
        [&body, i] { body(i); });
  }
  tasks.Wait();
}

void DeviceParts::AddToParts(const std::vector<DeviceRows>& rows, std::size_t count) {
  OnAll([&](std::size_t i) {
    if (rows[i].count > 0) parts_[i].index->PrepareAdd(rows[i]);
  });
  damaged_ = true;  // one part may fail where another has its rows
  OnAll([&](std::size_t i) {
    if (rows[i].count > 0) parts_[i].index->Add(rows[i]);
  });
  damaged_ = false;
  count_ += count;
}

}  // namespace densenode
