// Section "meta" of a container: what the file holds, as a JSON object. Keys that a reader does not know are
// ignored, so that a later densenode may add some.
#pragma once

#include <cstddef>
#include <filesystem>
#include <functional>
#include <span>
#include <string>

#include "common/json.h"

namespace densenode {

// `kind` in words, "vector-index", and the version of densenode join the description.
std::string WriteFileDescription(const char* kind, Json description);

// Calls read(description). Throws FILE_CORRUPT that names `path` for a description that is of another kind,
// is not complete (what `read` asks of it is not there) or is of what cannot be made (any error of `read`),
// and for one of more than `most_bytes`.
void ReadFileDescription(std::span<const std::byte> section, const char* kind,
                         const std::filesystem::path& path, const std::function<void(const Json&)>& read,
                         std::size_t most_bytes = 65536);

}  // namespace densenode
