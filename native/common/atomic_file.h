// A file that is there as a whole or not at all.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>

namespace densenode {

// Writes "<path>.densenode-<n>.tmp" and renames it over `path` on Commit; without Commit nothing remains, but
// for a process that is killed: then the next one that writes to `path` removes what it left. Holds one
// buffer of 1 MiB. Failures throw FILE_WRITE_FAILED. A `path` that is a link stays one: what it points to is
// replaced.
class AtomicFile {
 public:
  explicit AtomicFile(const std::filesystem::path& path);
  ~AtomicFile();
  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;

  void Write(const void* data, std::size_t size);
  // Bytes written so far.
  std::uint64_t position() const;
  // Replaces bytes that were written.
  void Rewrite(std::uint64_t offset, const void* data, std::size_t size);
  // Everything is on the disk under the final name when this returns.
  void Commit();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace densenode
