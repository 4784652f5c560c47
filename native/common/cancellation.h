// A flag that a caller raises and long work polls; engines that can be stopped register a callback.
#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <mutex>

#include "common/error.h"

namespace densenode {

class Cancellation {
 public:
  bool requested() const { return requested_.load(std::memory_order_acquire); }

  // Raises the flag and runs every registered callback once, on the calling thread.
  void Request() {
    std::lock_guard lock(mutex_);
    if (requested_.exchange(true)) return;
    for (auto& [id, callback] : callbacks_) callback();
  }

  void ThrowIfRequested() const {
    if (requested()) Fail(ErrorCode::kAborted, "the operation was aborted");
  }

  // Keeps `callback` registered for its own life. The callback must be short and must not throw.
  class Registration {
   public:
    Registration(Cancellation* owner, std::function<void()> callback) : owner_(owner) {
      if (!owner_) return;
      std::lock_guard lock(owner_->mutex_);
      id_ = owner_->next_id_++;
      if (owner_->requested()) callback();
      owner_->callbacks_.emplace(id_, std::move(callback));
    }
    ~Registration() {
      if (!owner_) return;
      std::lock_guard lock(owner_->mutex_);
      owner_->callbacks_.erase(id_);
    }
    Registration(const Registration&) = delete;
    Registration& operator=(const Registration&) = delete;

   private:
    Cancellation* owner_;
    uint64_t id_ = 0;
  };

 private:
  std::atomic<bool> requested_{false};
  std::mutex mutex_;
  uint64_t next_id_ = 0;
  std::map<uint64_t, std::function<void()>> callbacks_;
};

}  // namespace densenode
