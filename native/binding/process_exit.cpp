#include "binding/process_exit.h"

#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <vector>

#include "binding/environment.h"
#include "common/executor.h"
#include "index/device_backend.h"

namespace densenode::binding {
namespace {

struct Environments {
  std::mutex mutex;
  std::vector<std::weak_ptr<Environment>> all;
};

Environments& Live() {
  static auto* environments = new Environments;  // never destroyed: exit handlers use it
  return *environments;
}

// Work that cannot be interrupted (one iteration of k-means on millions of vectors) does not hold the exit
// longer.
constexpr std::chrono::milliseconds kPatience{1000};

void OnProcessExit(int status, void*) {
  if (StopAllJobs()) return;
  // Threads still compute: leave without the destructors that would pull libraries away under them.
  std::fflush(nullptr);
  ::_exit(status);
}

}  // namespace

bool StopAllJobs() {
  std::vector<std::weak_ptr<Environment>> all;
  {
    std::lock_guard lock(Live().mutex);
    all = Live().all;
  }
  for (auto& weak : all)
    if (auto environment = weak.lock()) environment->CancelJobs();
  // Pool threads may wait for the thread of a device: that one goes last.
  const bool pool_stopped = Executor::Get().Stop(kPatience);
  return StopDevices(kPatience) && pool_stopped;
}

void RegisterEnvironment(std::weak_ptr<Environment> environment) {
  std::lock_guard lock(Live().mutex);
  static const bool hooked = ::on_exit(OnProcessExit, nullptr) == 0;
  (void)hooked;
  std::erase_if(Live().all, [](const auto& weak) { return weak.expired(); });
  Live().all.push_back(std::move(environment));
}

}  // namespace densenode::binding
