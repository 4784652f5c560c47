// What the tests of every folder share: the error that a call throws, and files in a folder of its own.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "common/error.h"

namespace densenode::test {

// "CODE: message" of the Error that `call` throws.
template <typename Call>
std::string ErrorOf(Call&& call) {
  try {
    call();
  } catch (const Error& error) {
    return std::string(ErrorCodeName(error.code())) + ": " + error.what();
  }
  return "nothing was thrown";
}

inline std::string CodeName(ErrorCode code) { return ErrorCodeName(code); }
inline std::string CodeName(const char* name) { return name; }

// `code` is an ErrorCode or its name, `part` stands in the message.
#define EXPECT_ERROR(statement, code, part)                                                          \
  do {                                                                                               \
    const std::string error_ = ::densenode::test::ErrorOf([&] { statement; });                       \
    EXPECT_EQ(error_.substr(0, error_.find(':')), ::densenode::test::CodeName(code)) << error_;      \
    EXPECT_NE(error_.find(part, std::min(error_.find(':'), error_.size())), std::string::npos) << error_; \
  } while (false)

// A folder of its own, removed at the end.
class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "densenode-XXXXXX").string();
    path_ = mkdtemp(name.data());
  }
  ~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;

  const std::filesystem::path& path() const { return path_; }
  std::filesystem::path operator/(const std::string& name) const { return path_ / name; }
  std::size_t files() const {
    return static_cast<std::size_t>(std::distance(std::filesystem::directory_iterator(path_), {}));
  }

 private:
  std::filesystem::path path_;
};

inline std::string Contents(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

inline void WriteFile(const std::filesystem::path& path, const std::string& contents) {
  std::ofstream(path, std::ios::binary).write(contents.data(), static_cast<std::streamsize>(contents.size()));
}

}  // namespace densenode::test
