// What the file of a VectorIndex says about it beside the vectors (common/file_description.h).
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>

#include "index/id_map.h"
#include "index/vector_index.h"

namespace densenode {

struct IndexDescription {
  VectorIndex::CreateOptions options;  // where the vectors lie is not part of it
  std::uint64_t count = 0;             // vectors in FAISS, removed ones included
  bool trained = false;
  IdMap::Mode id_mode = IdMap::Mode::kSequential;
  std::int64_t next_id = 0;
};

std::string WriteDescription(const IndexDescription& description);
// Throws FILE_CORRUPT that names `path`.
IndexDescription ReadDescription(std::span<const std::byte> text, const std::filesystem::path& path);

}  // namespace densenode
