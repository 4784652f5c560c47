// Waiting for work that other threads do.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <exception>
#include <functional>
#include <mutex>
#include <utility>

namespace densenode {

// Tasks handed to other threads; the one that started them waits for the end of all.
class Tasks {
 public:
  Tasks() = default;
  ~Tasks() { WaitForEnd(); }
  Tasks(const Tasks&) = delete;
  Tasks& operator=(const Tasks&) = delete;

  // `submit` takes a function that must not throw. What `submit` or `body` throws comes out of Wait.
  template <typename Submit>
  void Start(const Submit& submit, std::function<void()> body) {
    {
      std::lock_guard lock(mutex_);
      ++running_;
    }
    auto task = [this, body = std::move(body)] {
      try {
        body();
        End(nullptr);
      } catch (...) {
        End(std::current_exception());
      }
    };
    try {
      submit(std::move(task));
    } catch (...) {
      End(std::current_exception());
    }
  }

  // Rethrows the first failure, when nothing runs any more.
  void Wait() {
    WaitForEnd();
    if (error_) std::rethrow_exception(std::exchange(error_, nullptr));
  }

 private:
  void WaitForEnd() {
    std::unique_lock lock(mutex_);
    ended_.wait(lock, [this] { return running_ == 0; });
  }
  void End(std::exception_ptr error) {
    std::lock_guard lock(mutex_);  // until after the notice: the waiting thread may destroy this
    if (!error_) error_ = std::move(error);
    --running_;
    ended_.notify_one();
  }

  std::mutex mutex_;
  std::condition_variable ended_;
  std::size_t running_ = 0;
  std::exception_ptr error_;
};

}  // namespace densenode
