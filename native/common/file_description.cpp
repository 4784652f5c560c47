#include "common/file_description.h"

#include <algorithm>
#include <utility>

#include "common/error.h"
#include "common/version.h"

namespace densenode {

std::string WriteFileDescription(const char* kind, Json description) {
  description["kind"] = kind;
  description["densenode"] = Version();
  return description.dump(-1, ' ', false, Json::error_handler_t::replace);
}

void ReadFileDescription(std::span<const std::byte> section, const char* kind,
                         const std::filesystem::path& path, const std::function<void(const Json&)>& read,
                         std::size_t most_bytes) {
  const auto corrupt = [&](const auto&... reason) { Fail(ErrorCode::kFileCorrupt, path, " ", reason...); };
  if (section.size() > most_bytes) corrupt("has an index description that is too long");
  const auto* begin = reinterpret_cast<const char*>(section.data());
  const Json description = Json::parse(begin, begin + section.size(), nullptr, false);
  if (!description.is_object() || description.value("kind", Json()) != kind) {
    std::string words = kind;
    std::replace(words.begin(), words.end(), '-', ' ');
    corrupt("does not hold a ", words);
  }
  try {
    read(description);
  } catch (const Json::exception& error) {
    corrupt("has an index description that is not complete: ", error.what());
  } catch (const Error& error) {
    if (error.code() == ErrorCode::kFileCorrupt) throw;
    corrupt("describes an index that this densenode cannot make: ", error.what());
  }
}

}  // namespace densenode
