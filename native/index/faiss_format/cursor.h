// Reads the numbers and arrays of a FAISS file where they lie, never past its end and without a copy.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <span>
#include <string_view>
#include <type_traits>

#include "common/error.h"

namespace densenode::faiss_format {

// Values in a file: at any address, so each is copied out.
template <typename T>
class Packed {
 public:
  Packed() = default;
  explicit Packed(std::span<const std::byte> bytes) : bytes_(bytes) {}
  std::size_t size() const { return bytes_.size() / sizeof(T); }
  T operator[](std::size_t i) const {
    T value;
    std::memcpy(&value, bytes_.data() + i * sizeof(T), sizeof(T));
    return value;
  }

 private:
  std::span<const std::byte> bytes_;
};

class Cursor {
 public:
  // `path` names the file in errors.
  Cursor(std::span<const std::byte> bytes, const std::filesystem::path& path)
      : rest_(bytes), path_(path), size_(bytes.size()) {}

  template <typename T>
  T Read() {
    static_assert(std::is_arithmetic_v<T> && !std::is_same_v<T, bool>);
    return Values<T>(1)[0];
  }
  bool ReadBool();
  // The four letters that FAISS puts before each part.
  std::string_view ReadCode();
  // `count` values.
  template <typename T>
  Packed<T> Values(std::size_t count) {
    return Packed<T>(Take(count, sizeof(T)));
  }
  // A number of values, and then these.
  template <typename T>
  Packed<T> Array() {
    return Values<T>(Read<std::uint64_t>());
  }
  // The same where the file must have `count` of them; `what` they are.
  template <typename T>
  Packed<T> Array(std::size_t count, const char* what) {
    Require(Read<std::uint64_t>() == count, "another number of ", what, " than it needs");
    return Values<T>(count);
  }

  template <typename... Problem>
  void Require(bool condition, const Problem&... otherwise) const {
    if (!condition) Fail(ErrorCode::kFileCorrupt, path_, " holds a FAISS index with ", otherwise...);
  }
  // For what FAISS may write and densenode does not offer.
  template <typename... What>
  void Offer(bool condition, const What&... what) const {
    if (!condition) {
      Fail(ErrorCode::kIndexUnsupported, path_, " holds ", what...,
           ", which densenode does not offer; it offers Flat, SQ, PQ, RaBitQ, IVF and HNSW");
    }
  }

  std::size_t size() const { return size_; }
  bool ended() const { return rest_.empty(); }

 private:
  std::span<const std::byte> Take(std::size_t count, std::size_t bytes_each);

  std::span<const std::byte> rest_;
  const std::filesystem::path& path_;
  std::size_t size_;
};

}  // namespace densenode::faiss_format
