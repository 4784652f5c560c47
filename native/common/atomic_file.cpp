#include "common/atomic_file.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string>
#include <system_error>

#include "common/error.h"

namespace densenode {
namespace {

constexpr std::size_t kBufferBytes = std::size_t{1} << 20;
constexpr int kMostWriters = 64;  // of one path at a time

// What a writer has open it has locked, and the lock ends with the process: a file that can be locked was
// left behind.
bool Lock(int fd) { return ::flock(fd, LOCK_EX | LOCK_NB) == 0; }

bool IsLinked(int fd) {
  struct stat info {};
  return ::fstat(fd, &info) == 0 && info.st_nlink > 0;
}

void RemoveIfLeft(const std::filesystem::path& name) {
  const int fd = ::open(name.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
  if (fd < 0) return;
  if (Lock(fd) && IsLinked(fd)) ::unlink(name.c_str());
  ::close(fd);
}

// -1 with errno, EEXIST for a name that another writer has.
int CreateLocked(const std::filesystem::path& name) {
  const int fd = ::open(name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
  if (fd < 0) return fd;
  // Somebody may have taken it for a file that was left in the moment between. Some file systems have no
  // locks.
  if ((Lock(fd) || errno != EWOULDBLOCK) && IsLinked(fd)) return fd;
  ::close(fd);
  errno = EEXIST;
  return -1;
}

}  // namespace

struct AtomicFile::State {
  std::filesystem::path path;       // final name
  std::filesystem::path temporary;  // empty once renamed
  int fd = -1;
  std::uint64_t position = 0;  // bytes given so far, buffered ones included
  std::string buffer;

  ~State() {
    if (!temporary.empty()) ::unlink(temporary.c_str());
    if (fd >= 0) ::close(fd);
  }

  [[noreturn]] void Fail(const char* step, int reason) const {
    densenode::Fail(ErrorCode::kFileWriteFailed, "cannot write ", path, ": ", step, ": ",
                    std::strerror(reason));
  }

  void Create() {
    for (int n = 0; n < kMostWriters; ++n) {
      auto name = path;
      name += ".densenode-" + std::to_string(n) + ".tmp";
      fd = CreateLocked(name);
      if (fd < 0 && errno == EEXIST) {
        RemoveIfLeft(name);
        fd = CreateLocked(name);
      }
      if (fd >= 0) {
        temporary = name;
        return;
      }
      if (errno != EEXIST) break;
    }
    Fail("create a file beside it", errno);
  }

  void WriteAll(const char* data, std::size_t size) const {
    while (size > 0) {
      const ssize_t written = ::write(fd, data, size);
      if (written < 0 && errno == EINTR) continue;
      if (written < 0) Fail("write", errno);
      data += written;
      size -= static_cast<std::size_t>(written);
    }
  }

  void Flush() {
    WriteAll(buffer.data(), buffer.size());
    buffer.clear();
  }
};

AtomicFile::AtomicFile(const std::filesystem::path& path) : state_(new State) {
  State& s = *state_;
  std::error_code ignored;
  s.path =
      std::filesystem::is_symlink(path, ignored) ? std::filesystem::weakly_canonical(path, ignored) : path;
  if (s.path.empty()) s.path = path;
  if (std::filesystem::is_directory(s.path, ignored)) s.Fail("open", EISDIR);
  s.Create();
  s.buffer.reserve(kBufferBytes);
}

AtomicFile::~AtomicFile() = default;

void AtomicFile::Write(const void* data, std::size_t size) {
  State& s = *state_;
  const auto* bytes = static_cast<const char*>(data);
  s.position += size;
  if (s.buffer.size() + size > kBufferBytes) s.Flush();
  if (size > kBufferBytes) {
    s.WriteAll(bytes, size);
  } else {
    s.buffer.append(bytes, size);
  }
}

std::uint64_t AtomicFile::position() const { return state_->position; }

void AtomicFile::Rewrite(std::uint64_t offset, const void* data, std::size_t size) {
  State& s = *state_;
  s.Flush();
  if (::lseek(s.fd, static_cast<off_t>(offset), SEEK_SET) < 0) s.Fail("seek", errno);
  s.WriteAll(static_cast<const char*>(data), size);
  if (::lseek(s.fd, 0, SEEK_END) < 0) s.Fail("seek", errno);
}

void AtomicFile::Commit() {
  State& s = *state_;
  s.Flush();
  if (::fsync(s.fd) != 0) s.Fail("sync", errno);
  if (::rename(s.temporary.c_str(), s.path.c_str()) != 0) s.Fail("rename", errno);
  s.temporary.clear();
  // The new name is on the disk only when the folder is. Some file systems refuse to sync folders.
  const auto parent = s.path.parent_path();
  const int folder = ::open(parent.empty() ? "." : parent.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (folder >= 0) {
    ::fsync(folder);
    ::close(folder);
  }
}

}  // namespace densenode
