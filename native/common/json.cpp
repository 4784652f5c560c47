#include "common/json.h"

#include "common/mapped_file.h"

namespace densenode {

Json ReadJsonFile(const std::filesystem::path& path, ErrorCode parse_error) {
  auto file = MappedFile::Open(path);
  const auto* text = reinterpret_cast<const char*>(file->bytes().data());
  try {
    return Json::parse(text, text + file->bytes().size());
  } catch (const Json::exception& error) {
    Fail(parse_error, path, " is not valid JSON: ", error.what());
  }
}

}  // namespace densenode
