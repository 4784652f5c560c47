#include "cuda/gpu_resources.h"

#include <omp.h>
#include <pthread.h>

#include <algorithm>
#include <map>
#include <utility>

#include "common/error.h"
#include "cuda/cuda_libraries.h"

namespace densenode {
namespace {

// Tables of distances and the like: as much as FAISS takes by default.
std::size_t TemporaryBytes(std::size_t device_bytes) {
  constexpr std::size_t kGigabyte = std::size_t{1} << 30;
  if (device_bytes <= 4 * kGigabyte) return kGigabyte / 2;
  return device_bytes <= 8 * kGigabyte ? kGigabyte : kGigabyte * 3 / 2;
}

// For cuBLAS's workspace, kernels' local memory, and what others allocate between our question and our use.
constexpr std::size_t kMarginBytes = std::size_t{256} << 20;
// Buffers of Allocate that are kept, each and in all.
constexpr std::size_t kMostKeptBytes = std::size_t{64} << 20;
constexpr std::size_t kMostKeptBuffers = 8;

struct All {
  std::mutex mutex;
  std::map<int, GpuResources*> devices;
};

thread_local bool is_device_thread = false;

All& Devices() {
  static auto* all = new All;
  return *all;
}

}  // namespace

GpuResources& GpuResources::Of(int ordinal) {
  All& all = Devices();
  std::lock_guard lock(all.mutex);
  GpuResources*& device = all.devices[ordinal];
  if (!device) device = new GpuResources(ordinal);
  return *device;
}

bool GpuResources::StopAll(std::chrono::milliseconds patience) {
  std::map<int, GpuResources*> devices;  // a running task may ask for its device
  {
    All& all = Devices();
    std::lock_guard lock(all.mutex);
    devices = all.devices;
  }
  bool stopped = true;
  for (auto& [ordinal, device] : devices) stopped = device->Stop(patience) && stopped;
  return stopped;
}

GpuResources::GpuResources(int ordinal) : ordinal_(ordinal) {
  std::thread thread([this] { Loop(); });
  thread_id_ = thread.get_id();  // before the first task: Of has not returned yet
  thread.detach();
}

bool GpuResources::OnAnyThread() { return is_device_thread; }

void GpuResources::Loop() {
  is_device_thread = true;
  pthread_setname_np(pthread_self(), ("densenode-gpu" + std::to_string(ordinal_)).c_str());
  omp_set_num_threads(1);
  std::unique_lock lock(mutex_);
  for (;;) {
    wake_.wait(lock, [this] { return !queue_.empty() && !stopped_; });
    std::function<void()> task = std::move(queue_.front());
    queue_.pop_front();
    running_ = true;
    lock.unlock();
    // Fails only where the device is unusable; the task's own calls then say so.
    if (cudaSetDevice(ordinal_) != cudaSuccess) cudaGetLastError();
    task();
    task = nullptr;
    lock.lock();
    running_ = false;
    if (stopped_) idle_.notify_all();
  }
}

bool GpuResources::Submit(std::function<void()> task) {
  {
    std::lock_guard lock(mutex_);
    if (stopped_) return false;
    queue_.push_back(std::move(task));
  }
  wake_.notify_one();
  return true;
}

bool GpuResources::Stop(std::chrono::milliseconds patience) {
  std::unique_lock lock(mutex_);
  stopped_ = true;
  return idle_.wait_for(lock, patience, [this] { return !running_; });
}

faiss::gpu::StandardGpuResources& GpuResources::faiss() {
  if (faiss_) return *faiss_;
  PreloadCudaLibraries();
  std::size_t free = 0, total = 0;
  CheckCuda(cudaMemGetInfo(&free, &total), "asking for free memory");
  const std::size_t temporary = TemporaryBytes(total);
  CheckFree(temporary, "preparing the device for FAISS");
  auto made = std::make_unique<faiss::gpu::StandardGpuResources>();
  made->setPinnedMemory(0);  // FAISS pages host queries through it; ours are on the device already
  made->setTempMemory(temporary);
  made->getResources()->initializeForDevice(ordinal_);
  event_ = std::make_unique<Event>();
  flag.Reserve(1);
  host_flag.Reserve(1);
  faiss_ = std::move(made);
  return *faiss_;
}

std::size_t GpuResources::lasting_bytes() {
  std::size_t bytes = 0;
  const auto devices = faiss().getMemoryInfo();
  const auto found = devices.find(ordinal_);
  if (found == devices.end()) return 0;
  for (const auto& [type, allocations] : found->second) {
    if (!type.starts_with("TemporaryMemory")) bytes += allocations.second;
  }
  return bytes;
}

bool GpuResources::HasFree(std::size_t bytes) const {
  std::size_t free = 0, total = 0;
  CheckCuda(cudaMemGetInfo(&free, &total), "asking for free memory");
  return bytes <= free && free - bytes >= kMarginBytes;
}

void GpuResources::CheckFree(std::size_t bytes, const char* doing_what) const {
  std::size_t free = 0, total = 0;
  CheckCuda(cudaMemGetInfo(&free, &total), "asking for free memory");
  if (bytes <= free && free - bytes >= kMarginBytes) return;
  Fail(ErrorCode::kOutOfMemory, doing_what, " needs ", (bytes + kMarginBytes) >> 20,
       " MiB of memory on cuda:", ordinal_, ", but ", free >> 20, " of its ", total >> 20,
       " MiB are free. Free other models and indexes there, use fp16 storage or a family with smaller codes "
       "(IVFn,SQ8, IVFn,PQm), or the CPU");
}

void GpuResources::Wait(bool short_work) {
  if (short_work) {
    CheckCuda(cudaStreamSynchronize(stream()), "waiting for work on the device");
  } else {
    event_->Record(stream());
    event_->Wait();
  }
}

std::shared_ptr<float> GpuResources::Allocate(std::size_t count) {
  std::size_t size = 1 << 12;
  while (size < count && size * sizeof(float) < kMostKeptBytes) size *= 2;
  size = std::max(size, count);
  float* data = nullptr;
  {
    std::lock_guard lock(kept_mutex_);
    const auto fit = std::find_if(kept_.begin(), kept_.end(), [&](const Kept& k) { return k.count == size; });
    if (fit != kept_.end()) {
      data = fit->data;
      kept_.erase(fit);
    }
  }
  if (!data) {
    const DeviceScope scope(ordinal_);
    CheckCuda(cudaMalloc(reinterpret_cast<void**>(&data), size * sizeof(float)), "allocating device memory");
  }
  return std::shared_ptr<float>(data, [this, size](float* used) { Return(used, size); });
}

void GpuResources::Return(float* data, std::size_t count) {
  {
    std::lock_guard lock(kept_mutex_);
    if (count * sizeof(float) <= kMostKeptBytes && kept_.size() < kMostKeptBuffers) {
      kept_.push_back({data, count});
      return;
    }
  }
  int former = 0;
  if (cudaGetDevice(&former) != cudaSuccess) return;  // the process ends
  cudaSetDevice(ordinal_);
  cudaFree(data);
  cudaSetDevice(former);
}

}  // namespace densenode
