// A file that appears under its name only when it is complete: written beside, synced, renamed.
#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>

namespace densenode {

class AtomicFile {
 public:
  // Creates a file beside `path`; what a link at `path` points to is replaced, not the link. Without Commit
  // nothing remains. All failures throw FILE_WRITE_FAILED.
  explicit AtomicFile(const std::filesystem::path& path);
  ~AtomicFile();
  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;

  void Write(const void* data, std::size_t size);
  // The content is on the disk under the final name when this returns.
  void Commit();

 private:
  [[noreturn]] void FailAt(const char* step, int reason) const;

  std::filesystem::path path_;       // final name
  std::filesystem::path temporary_;  // empty once renamed
  int fd_ = -1;
};

}  // namespace densenode
