// A device whose memory is the host's: what VectorIndex does with its vectors on a device, tested where there
// is none. FAISS's CPU indexes stand for its GPU indexes.
#pragma once

#include <faiss/IndexFlat.h>
#include <faiss/IndexFlatCodes.h>
#include <faiss/IndexIVF.h>
#include <faiss/IndexScalarQuantizer.h>
#include <faiss/clone_index.h>
#include <faiss/invlists/InvertedLists.h>
#include <omp.h>

#include <atomic>
#include <condition_variable>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include "common/error.h"
#include "index/device_backend.h"
#include "index/vectors.h"

namespace densenode::test {

struct HostDeviceState {
  std::atomic<int> indexes{0};            // alive
  std::atomic<bool> full{false};          // no memory for anything more
  std::atomic<bool> fail_halfway{false};  // the next Add
  std::atomic<int> uploads{0};
  std::atomic<int> room{-1};  // vectors that an index takes; -1: any number
  std::mutex lending;         // of lists, by one upload at a time
};

class HostDeviceIndex : public DeviceIndex {
 public:
  HostDeviceIndex(HostDeviceState& state, const faiss::Index& base) : state_(state) {
    const auto* ivf = dynamic_cast<const faiss::IndexIVF*>(&base);
    if (!ivf) {
      index_.reset(faiss::clone_index(&base));
    } else {
      // The lists that VectorIndex lends are of no kind that FAISS can clone.
      std::lock_guard lock(state_.lending);
      auto* lent = const_cast<faiss::IndexIVF*>(ivf);
      faiss::ArrayInvertedLists empty(ivf->nlist, ivf->code_size);
      faiss::InvertedLists* lists = std::exchange(lent->invlists, &empty);
      index_.reset(faiss::clone_index(&base));
      lent->invlists = lists;
      auto* copy = dynamic_cast<faiss::IndexIVF*>(index_.get());
      for (std::size_t list = 0; list < ivf->nlist; ++list) {
        copy->invlists->add_entries(list, lists->list_size(list), lists->get_ids(list),
                                    lists->get_codes(list));
      }
    }
    // A copy of a mapped index must outlive the mapping.
    for (faiss::Index* part :
         {index_.get(), ivf ? dynamic_cast<faiss::IndexIVF&>(*index_).quantizer : nullptr}) {
      auto* codes = dynamic_cast<faiss::IndexFlatCodes*>(part);
      if (!codes) continue;
      const std::vector<std::uint8_t> own(codes->codes.data(), codes->codes.data() + codes->codes.size());
      codes->codes = std::vector<std::uint8_t>(own);
    }
    ++state_.indexes;
  }
  ~HostDeviceIndex() override { --state_.indexes; }

  std::size_t count() const override { return static_cast<std::size_t>(index_->ntotal); }
  std::size_t memory_bytes() const override { return count() * static_cast<std::size_t>(index_->d) * 4; }
  bool damaged() const override { return damaged_; }

  void PrepareAdd(const DeviceRows& rows) override {
    if (state_.full) Fail(ErrorCode::kOutOfMemory, "the device is full");
    if (state_.room >= 0 && static_cast<int>(count() + rows.count) > state_.room) {
      Fail(ErrorCode::kOutOfMemory, "no room on the device");
    }
    Prepared(rows);
  }

  void Add(const DeviceRows& rows) override {
    PrepareAdd(rows);
    const auto values = Prepared(rows);
    if (state_.fail_halfway.exchange(false)) {
      damaged_ = true;
      Fail(ErrorCode::kEngineFailed, "the device failed halfway");
    }
    std::vector<faiss::idx_t> positions(rows.count);
    for (std::size_t i = 0; i < rows.count; ++i) positions[i] = static_cast<faiss::idx_t>(count() + i);
    const auto n = static_cast<faiss::idx_t>(rows.count);
    if (dynamic_cast<faiss::IndexIVF*>(index_.get())) {
      index_->add_with_ids(n, values.data(), positions.data());
    } else {
      index_->add(n, values.data());
    }
  }

  void Search(const DeviceRows& queries, std::size_t k, std::size_t nprobe, std::int64_t* positions,
              float* scores) const override {
    const auto values = Prepared(queries);
    faiss::SearchParametersIVF parameters;
    parameters.nprobe = nprobe;
    const bool ivf = dynamic_cast<const faiss::IndexIVF*>(index_.get()) != nullptr;
    index_->search(static_cast<faiss::idx_t>(queries.count), values.data(), static_cast<faiss::idx_t>(k),
                   scores, positions, ivf ? &parameters : nullptr);
  }

  void Reconstruct(std::int64_t position, const faiss::Index&, float* out) const override {
    auto* ivf = dynamic_cast<faiss::IndexIVF*>(index_.get());
    if (!ivf) return index_->reconstruct(position, out);
    for (std::size_t list = 0; list < ivf->nlist; ++list) {
      for (std::size_t i = 0; i < ivf->invlists->list_size(list); ++i) {
        if (ivf->invlists->get_ids(list)[i] != position) continue;
        return ivf->reconstruct_from_offset(static_cast<std::int64_t>(list), static_cast<std::int64_t>(i),
                                            out);
      }
    }
  }

  void Download(faiss::Index& base) const override {
    if (auto* to = dynamic_cast<faiss::IndexIVF*>(&base)) {
      auto* from = dynamic_cast<faiss::IndexIVF*>(index_.get());
      for (std::size_t list = 0; list < from->nlist; ++list) {
        to->invlists->add_entries(list, from->invlists->list_size(list), from->invlists->get_ids(list),
                                  from->invlists->get_codes(list));
      }
      to->ntotal = from->ntotal;
    } else {
      std::vector<float> values(count() * static_cast<std::size_t>(index_->d));
      index_->reconstruct_n(0, index_->ntotal, values.data());
      base.add(index_->ntotal, values.data());
    }
  }

 private:
  std::vector<float> Prepared(const DeviceRows& rows) const {
    const auto dimension = static_cast<std::size_t>(index_->d);
    std::vector<float> values(rows.data, rows.data + rows.count * dimension);
    CheckVectors(values, dimension, "a row on the device,");
    if (rows.normalize) NormalizeRows(values.data(), rows.count, dimension, values.data());
    return values;
  }

  HostDeviceState& state_;
  std::unique_ptr<faiss::Index> index_;
  bool damaged_ = false;
};

// Takes the place of CUDA's backend for its own life.
class HostBackend : public DeviceBackend {
 public:
  HostBackend() { SetDeviceBackend(this); }
  ~HostBackend() override {
    SetDeviceBackend(nullptr);
    for (auto& [ordinal, worker] : workers_) {
      {
        std::lock_guard lock(worker.mutex);
        worker.ended = true;
      }
      worker.wake.notify_one();
      worker.thread.join();
    }
  }

  void Submit(Device device, std::function<void()> task) override {
    Worker& worker = Of(device);
    {
      std::lock_guard lock(worker.mutex);
      worker.queue.push_back(std::move(task));
    }
    worker.wake.notify_one();
  }
  bool OnThread(Device device) const override { return current == device.ordinal; }
  std::unique_ptr<DeviceIndex> Upload(Device, const faiss::Index& base, Storage) override {
    if (state.full) Fail(ErrorCode::kOutOfMemory, "the device is full");
    ++state.uploads;
    return std::make_unique<HostDeviceIndex>(state, base);
  }
  void CopyToHost(Device, const float* from, std::size_t count, float* to) override {
    std::copy_n(from, count, to);
  }
  std::shared_ptr<float> Allocate(Device, std::size_t count) override {
    return {new float[count], std::default_delete<float[]>()};
  }
  bool Stop(std::chrono::milliseconds) override { return true; }

  HostDeviceState state;

 private:
  struct Worker {
    std::mutex mutex;
    std::condition_variable wake;
    std::deque<std::function<void()>> queue;
    bool ended = false;
    std::thread thread;
  };
  static inline thread_local int current = -1;

  Worker& Of(Device device) {
    std::lock_guard lock(mutex_);
    Worker& worker = workers_[device.ordinal];
    if (!worker.thread.joinable()) {
      worker.thread = std::thread([&worker, ordinal = device.ordinal] {
        current = ordinal;
        omp_set_num_threads(1);
        std::unique_lock lock(worker.mutex);
        for (;;) {
          worker.wake.wait(lock, [&] { return worker.ended || !worker.queue.empty(); });
          if (worker.queue.empty()) return;
          auto task = std::move(worker.queue.front());
          worker.queue.pop_front();
          lock.unlock();
          task();
          task = nullptr;
          lock.lock();
        }
      });
    }
    return worker;
  }

  std::mutex mutex_;
  std::map<int, Worker> workers_;
};

}  // namespace densenode::test
