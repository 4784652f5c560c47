// Process-wide numbers for models and indexes: one thread shares, another attaches, both hold the same
// object.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>

#include "common/error.h"

namespace densenode::binding {

template <typename T>
class SharedHandles {
 public:
  static SharedHandles& Get() {
    static auto* handles =
        new SharedHandles;  // never destroyed: worker threads may outlive static destruction
    return *handles;
  }

  // The same number for the same object, for as long as anybody holds it.
  std::uint64_t Share(const std::shared_ptr<T>& object) {
    std::lock_guard lock(mutex_);
    std::erase_if(objects_, [](const auto& entry) { return entry.second.expired(); });
    for (const auto& [id, weak] : objects_)
      if (weak.lock() == object) return id;
    objects_.emplace(++last_id_, object);
    return last_id_;
  }

  std::shared_ptr<T> Attach(std::uint64_t id) {
    std::lock_guard lock(mutex_);
    auto found = objects_.find(id);
    std::shared_ptr<T> object = found == objects_.end() ? nullptr : found->second.lock();
    if (!object)
      Fail(ErrorCode::kDisposed,
           "no object with this handle is alive in this process: keep the one that shared it "
           "open until every thread has attached");
    return object;
  }

 private:
  std::mutex mutex_;
  std::uint64_t last_id_ = 0;
  std::map<std::uint64_t, std::weak_ptr<T>> objects_;
};

}  // namespace densenode::binding
