// A large block of memory that reads as zero and takes room page by page, when a page is first written. Huge
// pages where the system has them: reading here and there in such a block, most of the time goes into looking
// up small ones.
#pragma once

#include <sys/mman.h>

#include <cstddef>
#include <cstdint>
#include <utility>

namespace densenode {

class ZeroPages {
 public:
  ZeroPages() = default;
  // Null data() where there is no memory.
  explicit ZeroPages(std::size_t bytes) : mapped_bytes_(bytes + kHugePage) {
    memory_ = ::mmap(nullptr, mapped_bytes_, PROT_READ | PROT_WRITE,
                     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (memory_ == MAP_FAILED) {
      memory_ = nullptr;
      return;
    }
    const auto address = reinterpret_cast<std::uintptr_t>(memory_);
    data_ = reinterpret_cast<std::uint8_t*>((address + kHugePage - 1) / kHugePage * kHugePage);
    if (bytes >= kHugePage) ::madvise(data_, bytes, MADV_HUGEPAGE);  // a wish, not a need
  }
  ~ZeroPages() {
    if (memory_) ::munmap(memory_, mapped_bytes_);
  }
  ZeroPages(ZeroPages&& other) noexcept { *this = std::move(other); }
  ZeroPages& operator=(ZeroPages&& other) noexcept {
    std::swap(memory_, other.memory_);
    std::swap(data_, other.data_);
    std::swap(mapped_bytes_, other.mapped_bytes_);
    return *this;
  }

  std::uint8_t* data() const { return data_; }

 private:
  static constexpr std::size_t kHugePage = std::size_t{2} << 20;

  void* memory_ = nullptr;
  std::uint8_t* data_ = nullptr;
  std::size_t mapped_bytes_ = 0;
};

}  // namespace densenode
