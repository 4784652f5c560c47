// Section "ids" of the files of indexes: the table of an IdMap, empty where it has none.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>

#include "common/container.h"
#include "index/id_map.h"

namespace densenode {

void WriteIds(const IdMap& ids, ContainerWriter* file);

// What the description of a file says of its ids.
struct StoredIds {
  IdMap::Mode mode = IdMap::Mode::kSequential;
  std::uint64_t positions = 0;  // vectors, removed ones included
  std::int64_t next_id = 0;
  bool marks_removed = false;              // entries of removed vectors may be there
  const faiss::IndexIVF* lists = nullptr;  // of IdMap::Mode::kStored
};

// Throws FILE_CORRUPT that names `path` where section and description do not fit.
std::unique_ptr<IdMap> ReadIds(std::span<const std::byte> section, const StoredIds& stored,
                               const std::filesystem::path& path);

}  // namespace densenode
