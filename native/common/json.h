// JSON files read into nlohmann::json with errors that name the file.
#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>

#include "common/error.h"

namespace densenode {

using Json = nlohmann::json;
using OrderedJson = nlohmann::ordered_json;

// Reads and parses `path`. Throws FILE_NOT_FOUND / FILE_UNREADABLE, or `parse_error` with the position when
// it is not JSON.
Json ReadJsonFile(const std::filesystem::path& path, ErrorCode parse_error);
// The same with the members of objects in the order of the file.
OrderedJson ReadOrderedJsonFile(const std::filesystem::path& path, ErrorCode parse_error);

}  // namespace densenode
