// A tensor as it lies in a file: read in place where it is stored in the type that is asked for, converted
// piece by piece where it is not, so that no second copy of it is ever in memory.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "common/mapped_file.h"

namespace densenode {

// Row-major fp32 values; `owner` keeps them alive.
struct FloatTensor {
  std::vector<std::int64_t> shape;
  std::span<const float> values;
  std::shared_ptr<const void> owner;
};

// Row-major fp16 values, as their bits.
struct HalfTensor {
  std::vector<std::int64_t> shape;
  std::span<const std::uint16_t> values;
  std::shared_ptr<const void> owner;
};

// Row-major whole numbers of 8 bits.
struct Int8Tensor {
  std::vector<std::int64_t> shape;
  std::span<const std::int8_t> values;
  std::shared_ptr<const void> owner;
};

// Bytes of one element of a type of safetensors ("F32", "BF16", ...), or 0 for one that is not known here.
std::size_t ElementSize(std::string_view dtype);

// "[2, 3]".
std::string ShapeText(const std::vector<std::int64_t>& shape);

class StoredTensor {
 public:
  // `bytes` are of `file` and as many as `shape` and `dtype` say; `name` is said in errors.
  StoredTensor(std::shared_ptr<const MappedFile> file, std::string name, std::string dtype,
               std::vector<std::int64_t> shape, std::span<const std::byte> bytes);

  const std::vector<std::int64_t>& shape() const { return shape_; }
  std::size_t count() const { return bytes_.size() / ElementSize(dtype_); }

  // `count` of its rows (along the first dimension) from `first` on; they must be there.
  StoredTensor Rows(std::size_t first, std::size_t count) const;

  // As fp32. Stored F32 is used in place (the mapping is the owner); F16, BF16 and F64 are converted. Throws
  // MODEL_UNSUPPORTED for other types.
  FloatTensor Float32() const;
  // The same for what is read once: the pages of the file leave memory with the tensor's owner.
  FloatTensor Float32Once() const;
  // As fp16: stored F16 is used in place, other types are rounded. Throws MODEL_UNSUPPORTED also for a value
  // that is too large for fp16.
  HalfTensor Float16() const;

  // Whether it holds whole numbers that Integers reads: I8, I32 or I64.
  bool IsInteger() const;
  // Throws MODEL_UNSUPPORTED for other types.
  std::vector<std::int64_t> Integers() const;

  // Drops its pages from resident memory; they come back from the file when they are read again.
  void ReleasePages() const { ReleasePages(0, count()); }

  // Calls take(first, values) with all values as fp32, in order and in pieces. Pages of the file are released
  // as they have been read. Throws MODEL_UNSUPPORTED for types other than F32, F16, BF16 and F64.
  template <typename Take>
  void ForEachPiece(Take take) const {
    float piece[kPiece];
    for (std::size_t first = 0; first < count(); first += kPiece) {
      const std::size_t here = std::min(kPiece, count() - first);
      Convert(first, here, piece);
      take(first, std::span<const float>(piece, here));
      const std::size_t end = first + here;
      if (end % kRelease == 0 || end == count()) ReleasePages((end - 1) / kRelease * kRelease, end);
    }
  }

 private:
  static constexpr std::size_t kPiece = 4096;             // values
  static constexpr std::size_t kRelease = 1024 * kPiece;  // values after which pages are released

  bool IsInPlace(std::string_view dtype) const;
  void Convert(std::size_t first, std::size_t count, float* out) const;
  void ReleasePages(std::size_t first, std::size_t end) const;  // of some of its values

  std::shared_ptr<const MappedFile> file_;
  std::string name_;
  std::string dtype_;
  std::vector<std::int64_t> shape_;
  std::span<const std::byte> bytes_;
};

}  // namespace densenode
