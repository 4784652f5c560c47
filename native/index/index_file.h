// The file of a VectorIndex: a container with the sections
//   "meta"   what index_description.h says
//   "faiss"  FAISS's own serialization
//   "ids"    in table mode one int64 a position, ~id where the vector is removed
#pragma once

#include <faiss/Index.h>

#include <filesystem>
#include <memory>

#include "common/mapped_file.h"
#include "index/id_map.h"
#include "index/vector_index.h"

namespace densenode {

struct OpenedIndex {
  VectorIndex::CreateOptions options;
  std::shared_ptr<const MappedFile> mapping;  // null unless the index lies in it
  std::unique_ptr<faiss::Index> index;
  std::unique_ptr<IdMap> ids;
};

void SaveIndexFile(const std::filesystem::path& path, const VectorIndex::CreateOptions& options,
                   const faiss::Index& index, const IdMap& ids);
OpenedIndex OpenIndexFile(const std::filesystem::path& path, bool mmap);

}  // namespace densenode
