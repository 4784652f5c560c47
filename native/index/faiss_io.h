// FAISS's own serialization, streamed into and out of files.
#pragma once

#include <faiss/Index.h>

#include <cstddef>
#include <filesystem>
#include <memory>
#include <span>

#include "common/container.h"
#include "index/faiss_format/contents.h"

namespace densenode {

// Writes `index` as section `name` without a second copy of it in memory. Its largest array (the vectors of
// Flat, the codes of PQ) is aligned in the file, so that a mapped index computes on aligned vectors.
void WriteFaissSection(const faiss::Index& index, std::string_view name, ContainerWriter& file);

// Writes `index` as FAISS itself does.
void WriteFaissFile(const faiss::Index& index, const std::filesystem::path& path);

// Reads the index that `contents` are of. With `in_place`, arrays stay in `bytes`, which must outlive it.
// Throws FILE_CORRUPT that names `path` also for a graph whose search would not end.
std::unique_ptr<faiss::Index> ReadFaissIndex(std::span<const std::byte> bytes,
                                             const faiss_format::Contents& contents, bool in_place,
                                             const std::filesystem::path& path);

}  // namespace densenode
