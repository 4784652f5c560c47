#include "common/mapped_file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "common/error.h"

namespace densenode {

std::shared_ptr<const MappedFile> MappedFile::Open(const std::filesystem::path& path) {
  // Opening a pipe would wait for its writer.
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0) {
    const int reason = errno;
    Fail(reason == ENOENT || reason == ENOTDIR ? ErrorCode::kFileNotFound : ErrorCode::kFileUnreadable,
         "cannot open ", path, ": ", std::strerror(reason));
  }
  struct stat info {};
  if (::fstat(fd, &info) != 0 || !S_ISREG(info.st_mode)) {
    ::close(fd);
    Fail(ErrorCode::kFileUnreadable, "cannot read ", path, ": not a regular file");
  }
  if (info.st_size == 0) {
    ::close(fd);
    Fail(ErrorCode::kFileCorrupt, path, " is empty");
  }
  const auto size = static_cast<std::size_t>(info.st_size);
  void* address = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, fd, 0);
  const int reason = errno;
  ::close(fd);
  if (address == MAP_FAILED)
    Fail(ErrorCode::kFileUnreadable, "cannot map ", path, ": ", std::strerror(reason));
  std::shared_ptr<MappedFile> file(new MappedFile);
  file->path_ = path;
  file->data_ = static_cast<const std::byte*>(address);
  file->size_ = size;
  return file;
}

MappedFile::~MappedFile() {
  if (data_) ::munmap(const_cast<std::byte*>(data_), size_);
}

}  // namespace densenode
