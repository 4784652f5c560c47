// Memory that vectors and tiles are read from, aligned to cache lines and not initialized.
#pragma once

#include <cstddef>
#include <memory>
#include <new>

namespace densenode::cpu {

template <typename T>
class AlignedBuffer {
 public:
  AlignedBuffer() = default;
  explicit AlignedBuffer(std::size_t count) { Reserve(count); }

  // Room for `count` values at least; what was there before is lost when it grows.
  T* Reserve(std::size_t count) {
    if (count > count_) {
      memory_.reset();
      count_ = 0;
      memory_.reset(static_cast<T*>(::operator new(count * sizeof(T), kAlignment)));
      count_ = count;
    }
    return memory_.get();
  }

  T* data() { return memory_.get(); }
  const T* data() const { return memory_.get(); }
  std::size_t size() const { return count_; }

 private:
  static constexpr std::align_val_t kAlignment{64};
  struct Free {
    void operator()(T* memory) const { ::operator delete(memory, kAlignment); }
  };
  std::unique_ptr<T[], Free> memory_;
  std::size_t count_ = 0;
};

}  // namespace densenode::cpu
