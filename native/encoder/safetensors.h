// Weights of a .safetensors file, mapped into memory.
// Format: 8 bytes little-endian header length, JSON header, tensor bytes
// (github.com/huggingface/safetensors).
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
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

class Safetensors {
 public:
  // Reads and verifies the header: every tensor's byte range equals its shape times the size of its type, and
  // the ranges cover the rest of the file without gap or overlap. Throws FILE_CORRUPT (and what
  // MappedFile::Open throws), so a file that was cut anywhere is refused here.
  static Safetensors Open(const std::filesystem::path& path);

  // The strings of the header's "__metadata__".
  const std::map<std::string, std::string, std::less<>>& metadata() const { return metadata_; }

  bool Has(const std::string& name) const { return tensors_.contains(name); }
  // The shape of a tensor; throws MODEL_INVALID if there is none of this name.
  const std::vector<std::int64_t>& Shape(const std::string& name) const { return Find(name).shape; }

  // The tensor as fp32. Stored F32 is used in place (the mapping is the owner); F16, BF16 and F64 are
  // converted into memory of their own. Throws MODEL_INVALID for a missing name or a shape other than
  // `shape`, MODEL_UNSUPPORTED for other types.
  FloatTensor Float32(const std::string& name, const std::vector<std::int64_t>& shape) const;

  // The same as fp16: stored F16 is used in place, other types are rounded. Throws MODEL_UNSUPPORTED also for
  // a value that is too large for fp16.
  HalfTensor Float16(const std::string& name, const std::vector<std::int64_t>& shape) const;

  // Drops the mapped pages from resident memory; they come back from the file when they are read again.
  void ReleasePages() const;

  const std::filesystem::path& path() const { return file_->path(); }

 private:
  struct Tensor {
    std::string dtype;
    std::vector<std::int64_t> shape;
    std::span<const std::byte> bytes;
  };
  const Tensor& Find(const std::string& name) const;
  const Tensor& Find(const std::string& name, const std::vector<std::int64_t>& shape) const;
  std::shared_ptr<const MappedFile> file_;
  std::map<std::string, std::string, std::less<>> metadata_;
  std::map<std::string, Tensor, std::less<>> tensors_;
};

}  // namespace densenode
