#include "common/atomic_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <random>
#include <string>

#include "common/error.h"

namespace densenode {

AtomicFile::AtomicFile(const std::filesystem::path& path) {
  std::error_code ignored;
  path_ =
      std::filesystem::is_symlink(path, ignored) ? std::filesystem::weakly_canonical(path, ignored) : path;
  if (path_.empty()) path_ = path;
  if (std::filesystem::is_directory(path_, ignored)) FailAt("open", EISDIR);
  std::random_device random;
  for (int attempt = 0; fd_ < 0; ++attempt) {
    auto name = path_;
    name += '.';
    name += std::to_string(::getpid());
    name += '-';
    name += std::to_string(random());
    name += ".tmp";
    fd_ = ::open(name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (fd_ >= 0) temporary_ = name;
    if (fd_ < 0 && (errno != EEXIST || attempt == 10)) FailAt("create a file beside it", errno);
  }
}

AtomicFile::~AtomicFile() {
  if (fd_ >= 0) ::close(fd_);
  if (!temporary_.empty()) ::unlink(temporary_.c_str());
}

void AtomicFile::FailAt(const char* step, int reason) const {
  Fail(ErrorCode::kFileWriteFailed, "cannot write ", path_, ": ", step, ": ", std::strerror(reason));
}

void AtomicFile::Write(const void* data, std::size_t size) {
  for (const char* from = static_cast<const char*>(data); size > 0;) {
    const ssize_t written = ::write(fd_, from, size);
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) FailAt("write", errno);
    from += written;
    size -= static_cast<std::size_t>(written);
  }
}

void AtomicFile::Commit() {
  if (::fsync(fd_) != 0) FailAt("sync", errno);
  const int closed = ::close(fd_);
  fd_ = -1;
  if (closed != 0) FailAt("close", errno);
  if (::rename(temporary_.c_str(), path_.c_str()) != 0) FailAt("rename", errno);
  temporary_.clear();
  // The new name is on the disk only when the folder is. Some file systems refuse to sync folders.
  const auto parent = path_.parent_path();
  const int folder = ::open(parent.empty() ? "." : parent.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (folder < 0) return;
  ::fsync(folder);
  ::close(folder);
}

}  // namespace densenode
