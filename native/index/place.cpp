#include "index/place.h"

#include <omp.h>
#include <pthread.h>

#include <algorithm>
#include <system_error>
#include <thread>
#include <utility>

#include "common/error.h"
#include "index/device_backend.h"
#include "index/waiting.h"

namespace densenode {
namespace {

// While one task waits for its devices, another may prepare or merge.
constexpr std::size_t kThreadsPerDevice = 2;

struct All {
  std::mutex mutex;
  std::vector<DeviceGroup*> groups;
};

All& Groups() {
  static auto* all = new All;
  return *all;
}

thread_local const DeviceGroup* group_of_thread = nullptr;

}  // namespace

Spread ParseSpread(std::string_view name) {
  if (name == "shard") return Spread::kShard;
  if (name == "replicate") return Spread::kReplicate;
  Fail(ErrorCode::kInvalidArgument, "mode must be shard or replicate, not \"", name, "\"");
}

Place Place::Of(const std::vector<Device>& devices, Spread spread) {
  if (devices.empty()) Fail(ErrorCode::kInvalidArgument, "an index must be on one device at least");
  Place place(devices.front());
  if (devices.size() == 1) return place;
  if (!std::all_of(devices.begin(), devices.end(), [](Device device) { return device.is_cuda(); })) {
    Fail(ErrorCode::kInvalidArgument, "several devices must all be CUDA devices");
  }
  All& all = Groups();
  std::lock_guard lock(all.mutex);
  const auto same = [&](const DeviceGroup* group) {
    return group->devices() == devices && group->spread() == spread;
  };
  const auto found = std::find_if(all.groups.begin(), all.groups.end(), same);
  place.group_ = static_cast<int>(found - all.groups.begin());
  if (found == all.groups.end()) all.groups.push_back(new DeviceGroup(devices, spread));
  return place;
}

DeviceGroup* Place::group() const {
  if (group_ < 0) return nullptr;
  All& all = Groups();
  std::lock_guard lock(all.mutex);
  return all.groups[static_cast<std::size_t>(group_)];
}

std::string Place::name() const {
  const DeviceGroup* several = group();
  if (!several) return first().name();
  std::string names;
  for (const Device device : several->devices()) {
    if (!names.empty()) names += ',';
    names += device.name();
  }
  return names;
}

Place ResolvePlace(std::string_view names, Spread spread) {
  std::vector<Device> devices;
  for (;;) {
    const std::size_t comma = names.find(',');
    devices.push_back(ResolveDevice(names.substr(0, comma)));
    if (comma == std::string_view::npos) break;
    names.remove_prefix(comma + 1);
  }
  return Place::Of(devices, spread);
}

void DeviceGroup::Submit(std::function<void()> task) {
  {
    std::lock_guard lock(mutex_);
    if (stopped_) Fail(ErrorCode::kAborted, "the process ends");
    if (threads_ < kThreadsPerDevice * devices_.size() && running_ + queue_.size() >= threads_) {
      try {
        std::thread([this] { Loop(); }).detach();
        ++threads_;
      } catch (const std::system_error&) {
        if (threads_ == 0)
          Fail(ErrorCode::kOutOfMemory, "the system gives no thread for work on ", devices_.size(),
               " devices");
      }
    }
    queue_.push_back(std::move(task));
  }
  wake_.notify_one();
}

void DeviceGroup::Loop() {
  pthread_setname_np(pthread_self(), "densenode-gpus");
  omp_set_num_threads(1);
  group_of_thread = this;
  std::unique_lock lock(mutex_);
  for (;;) {
    wake_.wait(lock, [this] { return !queue_.empty() && !stopped_; });
    std::function<void()> task = std::move(queue_.front());
    queue_.pop_front();
    ++running_;
    lock.unlock();
    task();
    task = nullptr;
    lock.lock();
    --running_;
    if (stopped_ && running_ == 0) idle_.notify_all();
  }
}

bool DeviceGroup::OnThread() const { return group_of_thread == this; }

bool DeviceGroup::Stop(std::chrono::milliseconds patience) {
  std::unique_lock lock(mutex_);
  stopped_ = true;
  return idle_.wait_for(lock, patience, [this] { return running_ == 0; });
}

bool DeviceGroup::StopAll(std::chrono::milliseconds patience) {
  std::vector<DeviceGroup*> groups;
  {
    All& all = Groups();
    std::lock_guard lock(all.mutex);
    groups = all.groups;
  }
  bool stopped = true;
  for (DeviceGroup* group : groups) stopped = group->Stop(patience) && stopped;
  return stopped;
}

void SubmitTo(Place place, std::function<void()> task) {
  if (DeviceGroup* group = place.group()) return group->Submit(std::move(task));
  GetDeviceBackend().Submit(place.first(), std::move(task));
}

void RunAt(Place place, const std::function<void()>& body) {
  DeviceGroup* group = place.group();
  if (group ? group->OnThread() : GetDeviceBackend().OnThread(place.first())) return body();
  Tasks tasks;
  tasks.Start([&](std::function<void()> task) { SubmitTo(place, std::move(task)); }, body);
  tasks.Wait();
}

}  // namespace densenode
