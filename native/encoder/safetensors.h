// Weights of a .safetensors file, mapped into memory.
// Format: 8 bytes little-endian header length, JSON header, tensor bytes
// (github.com/huggingface/safetensors).
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "common/mapped_file.h"
#include "encoder/stored_tensor.h"

namespace densenode {

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
  const std::vector<std::int64_t>& Shape(const std::string& name) const { return Find(name).shape(); }
  // Throws MODEL_INVALID if there is none of this name or, where one is given, its shape is another.
  const StoredTensor& Find(const std::string& name) const;
  const StoredTensor& Find(const std::string& name, const std::vector<std::int64_t>& shape) const;

  // The tensor as fp32, as fp16 or as whole numbers; errors are those of Find and of StoredTensor.
  FloatTensor Float32(const std::string& name, const std::vector<std::int64_t>& shape) const {
    return Find(name, shape).Float32();
  }
  HalfTensor Float16(const std::string& name, const std::vector<std::int64_t>& shape) const {
    return Find(name, shape).Float16();
  }

  bool IsInteger(const std::string& name) const { return Find(name).IsInteger(); }
  std::vector<std::int64_t> Integers(const std::string& name, const std::vector<std::int64_t>& shape) const {
    return Find(name, shape).Integers();
  }

  // Drops the mapped pages from resident memory; they come back from the file when they are read again.
  void ReleasePages() const;

  const std::filesystem::path& path() const { return file_->path(); }

 private:
  std::shared_ptr<const MappedFile> file_;
  std::map<std::string, std::string, std::less<>> metadata_;
  std::map<std::string, StoredTensor, std::less<>> tensors_;
};

}  // namespace densenode
