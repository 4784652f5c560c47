#include "common/mapped_file.h"

#include <gtest/gtest.h>

#include <cstring>
#include <fstream>

#include "common/error.h"
#include "common/json.h"

namespace densenode {
namespace {

std::filesystem::path TempFile(const char* name, const std::string& text) {
  auto path =
      std::filesystem::temp_directory_path() / ("densenode-test-" + std::to_string(getpid()) + "-" + name);
  std::ofstream(path) << text;
  return path;
}

ErrorCode CodeOf(const std::function<void()>& call) {
  try {
    call();
  } catch (const Error& error) {
    return error.code();
  }
  ADD_FAILURE() << "nothing was thrown";
  return ErrorCode::kEngineFailed;
}

TEST(MappedFile, HoldsTheBytesOfTheFile) {
  const auto path = TempFile("bytes", "hello");
  auto file = MappedFile::Open(path);
  std::filesystem::remove(path);
  ASSERT_EQ(file->bytes().size(), 5u);
  EXPECT_EQ(std::memcmp(file->bytes().data(), "hello", 5), 0);
}

TEST(MappedFile, NamesWhatIsWrong) {
  EXPECT_EQ(CodeOf([] { MappedFile::Open("/nonexistent/file"); }), ErrorCode::kFileNotFound);
  EXPECT_EQ(CodeOf([] { MappedFile::Open("/tmp"); }), ErrorCode::kFileUnreadable);
  EXPECT_EQ(CodeOf([] { MappedFile::Open("/dev/zero"); }), ErrorCode::kFileUnreadable);
  const auto empty = TempFile("empty", "");
  EXPECT_EQ(CodeOf([&] { MappedFile::Open(empty); }), ErrorCode::kFileCorrupt);
  std::filesystem::remove(empty);
}

TEST(Json, ParseErrorsNameTheFile) {
  const auto path = TempFile("json", "{\"a\": [1, 2");
  try {
    ReadJsonFile(path, ErrorCode::kModelInvalid);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kModelInvalid);
    EXPECT_NE(std::string(error.what()).find(path.filename()), std::string::npos);
  }
  std::filesystem::remove(path);
}

TEST(Json, DeepNestingIsAnErrorOrAValueButNoCrash) {
  const auto path = TempFile("deep", std::string(1000000, '['));
  EXPECT_EQ(CodeOf([&] { ReadJsonFile(path, ErrorCode::kModelInvalid); }), ErrorCode::kModelInvalid);
  std::filesystem::remove(path);
}

}  // namespace
}  // namespace densenode
