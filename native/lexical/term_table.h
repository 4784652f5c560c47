// Strings with dense numbers in the order of their coming: one slab of bytes, and an open-addressing hash
// that holds the numbers only.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace densenode {

class TermTable {
 public:
  static constexpr std::uint32_t kNone = 0xFFFFFFFF;

  std::size_t size() const { return ends_.size(); }
  std::string_view operator[](std::uint32_t term) const {
    const std::uint32_t begin = term == 0 ? 0 : ends_[term - 1];
    return std::string_view(bytes_).substr(begin, ends_[term] - begin);
  }
  const std::string& bytes() const { return bytes_; }
  // Where each term ends in bytes().
  const std::vector<std::uint32_t>& ends() const { return ends_; }
  std::size_t memory_bytes() const;

  // kNone if it is not there.
  std::uint32_t Find(std::string_view term) const;
  // Throws INVALID_ARGUMENT where 32 bits do not suffice.
  std::uint32_t FindOrAdd(std::string_view term);
  void Reserve(std::size_t terms, std::size_t bytes);
  void ShrinkToFit();

 private:
  std::size_t SlotOf(std::string_view term) const;
  void Grow(std::size_t slots);

  std::string bytes_;
  std::vector<std::uint32_t> ends_;
  std::vector<std::uint32_t> slots_;  // a power of two, at most three quarters full
};

}  // namespace densenode
