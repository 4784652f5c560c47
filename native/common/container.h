// densenode's file container: named sections, each with its size and XXH3-64 checksum, behind a checked
// header.
//
//   0    magic "\x89DNS\r\n\x1a\n" (a text-mode transfer breaks it)
//   8    u32 version (1), u32 number of sections
//   16   u64 size of the file
//   24   u64 XXH3-64 of the header with this field zero
//   32   7 entries: char[8] name, u64 offset, u64 size, u64 XXH3-64
//   256  the sections in order, zeros between them
//
// Numbers are little-endian. A checksum finds accidents, not a writer who means harm.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string_view>

#include "common/mapped_file.h"

namespace densenode {

// Writes a container as AtomicFile writes a file: nothing is there before Commit. Failures throw
// FILE_WRITE_FAILED.
class ContainerWriter {
 public:
  explicit ContainerWriter(const std::filesystem::path& path);
  ~ContainerWriter();
  ContainerWriter(const ContainerWriter&) = delete;
  ContainerWriter& operator=(const ContainerWriter&) = delete;

  // Starts a section of at most 8 letters. Byte `aligned` of it will lie at a multiple of 64 in the file.
  void Begin(std::string_view name, std::size_t aligned = 0);
  void Write(const void* data, std::size_t size);
  // Everything is on the disk under the final name when this returns.
  void Commit();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

class Container {
 public:
  // Maps the file and verifies all of it: magic, version, sizes, checksums, zeros between sections. Throws
  // FILE_CORRUPT with the part that fails, and as MappedFile::Open.
  static Container Open(const std::filesystem::path& path);

  const std::shared_ptr<const MappedFile>& file() const { return file_; }
  // Throws FILE_CORRUPT if there is no such section.
  std::span<const std::byte> Section(std::string_view name) const;

 private:
  explicit Container(std::shared_ptr<const MappedFile> file) : file_(std::move(file)) {}
  std::shared_ptr<const MappedFile> file_;
};

}  // namespace densenode
