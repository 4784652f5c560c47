// A whole file mapped read-only into memory for the life of the object.
#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <span>

namespace densenode {

class MappedFile {
 public:
  // Throws FILE_NOT_FOUND, FILE_UNREADABLE (a folder, no permission) or FILE_CORRUPT (empty file).
  static std::shared_ptr<const MappedFile> Open(const std::filesystem::path& path);
  ~MappedFile();
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;

  std::span<const std::byte> bytes() const { return {data_, size_}; }
  const std::filesystem::path& path() const { return path_; }

 private:
  MappedFile() = default;
  std::filesystem::path path_;
  const std::byte* data_ = nullptr;
  std::size_t size_ = 0;
};

}  // namespace densenode
