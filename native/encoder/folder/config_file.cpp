#include "encoder/folder/config_file.h"

#include <cstdint>
#include <system_error>

namespace densenode {
namespace {

template <typename Value>
Value Object(Value json, const std::filesystem::path& path) {
  if (!json.is_object()) Fail(ErrorCode::kModelInvalid, path, " must hold a JSON object");
  return json;
}

}  // namespace

bool IsFile(const std::filesystem::path& path) {
  std::error_code ignored;
  return std::filesystem::is_regular_file(path, ignored);
}

Json ReadConfig(const std::filesystem::path& path) {
  return Object(ReadJsonFile(path, ErrorCode::kModelInvalid), path);
}

OrderedJson ReadOrderedConfig(const std::filesystem::path& path) {
  return Object(ReadOrderedJsonFile(path, ErrorCode::kModelInvalid), path);
}

std::optional<Json> ReadConfigIfThere(const std::filesystem::path& path) {
  if (!IsFile(path)) return std::nullopt;
  return ReadConfig(path);
}

std::string StringOr(const Json& object, const char* key, const std::string& otherwise) {
  const auto found = object.find(key);
  return found != object.end() && found->is_string() ? found->get<std::string>() : otherwise;
}

std::optional<std::size_t> CountAt(const Json& object, const char* key, const std::filesystem::path& path) {
  const auto found = object.find(key);
  if (found == object.end() || found->is_null()) return std::nullopt;
  if (found->is_number() && found->get<double>() > 1e9) return std::nullopt;
  if (!found->is_number_unsigned() || found->get<std::uint64_t>() == 0) {
    Fail(ErrorCode::kModelInvalid, path, ": \"", key, "\" must be a positive whole number, not ",
         found->dump());
  }
  return found->get<std::size_t>();
}

}  // namespace densenode
