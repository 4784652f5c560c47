// Reading the JSON files of a model folder.
#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>

#include "common/json.h"

namespace densenode {

bool IsFile(const std::filesystem::path& path);

// A file that holds an object; MODEL_INVALID for anything else.
Json ReadConfig(const std::filesystem::path& path);
std::optional<Json> ReadConfigIfThere(const std::filesystem::path& path);

// The same with its members in the order of the file.
OrderedJson ReadOrderedConfig(const std::filesystem::path& path);

// The string at `key`; `otherwise` for a missing key and for values of other types.
std::string StringOr(const Json& object, const char* key, const std::string& otherwise);

// A positive whole number; nothing for null, a missing key or the "no limit" (1e30) of transformers. Other
// values are MODEL_INVALID, which names `path`.
std::optional<std::size_t> CountAt(const Json& object, const char* key, const std::filesystem::path& path);

}  // namespace densenode
