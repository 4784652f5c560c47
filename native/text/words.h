// The words that pre-tokenizers cut from a text, in order: views into it, or into copies that a pre-tokenizer
// rewrote.
#pragma once

#include <cstddef>
#include <memory>
#include <string_view>
#include <vector>

namespace densenode {

class Words {
 public:
  std::vector<std::string_view> list;

  // Memory for a rewritten text; it stays where it is until Clear.
  char* Allocate(std::size_t bytes) {
    if (bytes > free_) {
      free_ = bytes > kBlockBytes ? bytes : kBlockBytes;
      blocks_.push_back(std::make_unique_for_overwrite<char[]>(free_));
      next_ = blocks_.back().get();
    }
    char* const memory = next_;
    next_ += bytes;
    free_ -= bytes;
    bytes_ += bytes;
    return memory;
  }

  void Clear() {
    list.clear();
    bytes_ = 0;
    if (blocks_.size() > 1) {
      blocks_.clear();
      free_ = 0;
    } else if (!blocks_.empty()) {
      free_ += next_ - blocks_.front().get();
      next_ = blocks_.front().get();
    }
  }

  std::size_t capacity_bytes() const { return list.capacity() * sizeof(std::string_view) + bytes_ + free_; }

 private:
  static constexpr std::size_t kBlockBytes = 1 << 16;
  std::vector<std::unique_ptr<char[]>> blocks_;
  char* next_ = nullptr;
  std::size_t free_ = 0, bytes_ = 0;  // of the last block; in all blocks
};

}  // namespace densenode
