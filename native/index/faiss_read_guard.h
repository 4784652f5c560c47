// Watches what faiss::read_index reads and stops at a size that the file cannot hold. FAISS allocates for a
// count as soon as it has read it; every count is a single 8-byte number, and none can pass the size of the
// section, except in inverted lists, where single ids look the same: there the guard follows the format.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <vector>

namespace densenode {

class FaissReadGuard {
 public:
  // `lists`: inverted lists that the file must have. `product_quantizers`: it holds some. `lists_in_place`:
  // the contents of the lists are not read through the guard.
  FaissReadGuard(std::size_t section_bytes, std::size_t lists, bool product_quantizers, bool lists_in_place,
                 std::filesystem::path path)
      : section_bytes_(section_bytes),
        lists_(lists),
        product_quantizers_(product_quantizers),
        lists_in_place_(lists_in_place),
        path_(std::move(path)) {}

  // After `count` items of `size` bytes were read to `data`. Throws FILE_CORRUPT.
  void Saw(const void* data, std::size_t size, std::size_t count);

 private:
  enum class State {
    kPlain,
    kArrayLists,
    kArrayCodeSize,
    kArrayKind,
    kArrayCount,
    kArraySizes,  // "ilar"
    kBlockLists,
    kBlockCodeSize,
    kBlockEntries,
    kBlockBytes,
    kBlockIdCount,
    kBlockIds,
    kBlockCodeCount,
    kBlockCodes,  // "ilbl"
  };
  void CheckCount(std::uint64_t count) const;
  void CheckListSizes(const std::uint64_t* sizes, std::size_t count);
  [[noreturn]] void Corrupt() const;

  std::size_t section_bytes_;
  std::size_t lists_;
  bool product_quantizers_;  // cleared behind the last of them
  bool lists_in_place_;
  std::filesystem::path path_;
  State state_ = State::kPlain;
  std::size_t numbers_in_a_row_ = 0;
  std::uint64_t code_size_ = 0;
  bool sparse_ = false;
  std::size_t lists_left_ = 0;
  std::uint64_t unchecked_bytes_ = 0;  // contents of inverted lists still to come
};

}  // namespace densenode
