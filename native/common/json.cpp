#include "common/json.h"

#include "common/mapped_file.h"

namespace densenode {
namespace {

template <typename Value>
Value Parse(const std::filesystem::path& path, ErrorCode parse_error) {
  auto file = MappedFile::Open(path);
  const auto* text = reinterpret_cast<const char*>(file->bytes().data());
  try {
    return Value::parse(text, text + file->bytes().size());
  } catch (const typename Value::exception& error) {
    Fail(parse_error, path, " is not valid JSON: ", error.what());
  }
}

}  // namespace

Json ReadJsonFile(const std::filesystem::path& path, ErrorCode parse_error) {
  return Parse<Json>(path, parse_error);
}

OrderedJson ReadOrderedJsonFile(const std::filesystem::path& path, ErrorCode parse_error) {
  return Parse<OrderedJson>(path, parse_error);
}

}  // namespace densenode
