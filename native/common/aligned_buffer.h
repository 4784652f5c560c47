// Memory that vectors and tiles are read from, aligned to cache lines and not initialized.
#pragma once

#include <sys/mman.h>

#include <cstddef>
#include <memory>
#include <new>

namespace densenode {

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
      memory_ = Allocate(count * sizeof(T));
      count_ = count;
    }
    return memory_.get();
  }

  T* data() { return memory_.get(); }
  const T* data() const { return memory_.get(); }
  std::size_t size() const { return count_; }

 private:
  static constexpr std::align_val_t kAlignment{64};
  // Blocks of this size on are the system's pages: malloc, once it has freed one so large, keeps the next
  // ones in its heaps, where a small block behind holds all of it back.
  static constexpr std::size_t kMappedBytes = std::size_t{128} << 10;

  struct Free {
    std::size_t mapped_bytes = 0;
    void operator()(T* memory) const {
      if (mapped_bytes > 0) {
        ::munmap(memory, mapped_bytes);
      } else {
        ::operator delete(memory, kAlignment);
      }
    }
  };
  using Memory = std::unique_ptr<T[], Free>;

  static Memory Allocate(std::size_t bytes) {
    if (bytes < kMappedBytes) return Memory(static_cast<T*>(::operator new(bytes, kAlignment)), Free{});
    void* pages = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (pages == MAP_FAILED) throw std::bad_alloc();
    return Memory(static_cast<T*>(pages), Free{bytes});
  }

  Memory memory_;
  std::size_t count_ = 0;
};

}  // namespace densenode
