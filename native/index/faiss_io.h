// FAISS's own serialization, streamed into and out of a container section.
#pragma once

#include <faiss/Index.h>

#include <cstddef>
#include <filesystem>
#include <memory>
#include <span>

#include "index/container.h"

namespace densenode {

// Writes `index` as section `name` without a second copy of it in memory. Its largest array (the vectors of
// Flat, the codes of PQ) is aligned in the file, so that a mapped index computes on aligned vectors.
void WriteFaissSection(const faiss::Index& index, std::string_view name, ContainerWriter& file);

// Parses a verified section. With `in_place`, arrays stay in `bytes`, which must outlive the index. FAISS
// trusts the sizes that it reads, so each is compared with the section before FAISS allocates; then the
// result is compared with `expected`, an untrained index of the same factory string: kind, dimensions, code
// sizes, lists and links. Throws FILE_CORRUPT that names `path`.
std::unique_ptr<faiss::Index> ReadFaissSection(std::span<const std::byte> bytes, bool in_place,
                                               faiss::Index& expected, const std::filesystem::path& path);

}  // namespace densenode
