// JSON files read into nlohmann::json with errors that name the file.
#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>

#include "common/error.h"

namespace densenode {

using Json = nlohmann::json;

// Reads and parses `path`. Throws FILE_NOT_FOUND / FILE_UNREADABLE, or `parse_error` with the position when
// it is not JSON.
Json ReadJsonFile(const std::filesystem::path& path, ErrorCode parse_error);

}  // namespace densenode
