// Where the vectors of an index are: in host memory, on a device, or on several.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "common/device.h"

namespace densenode {

// How the vectors lie on several devices: each on one of them, or all on each.
enum class Spread { kShard, kReplicate };
Spread ParseSpread(std::string_view name);  // "shard", "replicate"; throws INVALID_ARGUMENT for other words

class DeviceGroup;

class Place {
 public:
  Place() = default;
  Place(Device device) : ordinal_(device.ordinal) {}  // a device is a place
  // One device is that one, however it is spread. Several must all be CUDA devices; one may come twice.
  static Place Of(const std::vector<Device>& devices, Spread spread);

  bool is_cuda() const { return ordinal_ >= 0; }
  Device first() const { return {ordinal_}; }
  DeviceGroup* group() const;  // null: one device or the CPU
  std::string name() const;    // "cpu", "cuda:0", "cuda:0,cuda:1"
  bool operator==(const Place&) const = default;

 private:
  int ordinal_ = -1;
  int group_ = -1;  // a number instead of a pointer, so that a place is 8 bytes, read at once
};

// Names as ResolveDevice takes them, with commas between. Throws as it does.
Place ResolvePlace(std::string_view names, Spread spread);

// Several devices that hold an index together, with threads of their own that give work to the threads of the
// devices and wait for it. The thread of a device never waits for these, so that none waits in a circle. Made
// on first use and never destroyed, as the threads of devices.
class DeviceGroup {
 public:
  DeviceGroup(std::vector<Device> devices, Spread spread) : devices_(std::move(devices)), spread_(spread) {}
  DeviceGroup(const DeviceGroup&) = delete;
  DeviceGroup& operator=(const DeviceGroup&) = delete;

  const std::vector<Device>& devices() const { return devices_; }
  Spread spread() const { return spread_; }
  // Queues `task`, which must not throw. Tasks run side by side.
  void Submit(std::function<void()> task);
  bool OnThread() const;
  // As DeviceBackend::Stop, for all groups.
  static bool StopAll(std::chrono::milliseconds patience);

 private:
  void Loop();
  bool Stop(std::chrono::milliseconds patience);

  const std::vector<Device> devices_;
  const Spread spread_;

  std::mutex mutex_;
  std::condition_variable wake_, idle_;
  std::deque<std::function<void()>> queue_;
  std::size_t threads_ = 0;
  std::size_t running_ = 0;
  bool stopped_ = false;
};

// Queues `task` where the work of `place`, which is not the CPU, is done.
void SubmitTo(Place place, std::function<void()> task);
// Runs `body` there, waits for its end and rethrows what it threw.
void RunAt(Place place, const std::function<void()>& body);

}  // namespace densenode
