// Files of FAISS itself, without a container: those that Python's faiss.write_index writes and
// faiss.read_index reads.
#pragma once

#include <filesystem>
#include <optional>

#include "index/index_file.h"

namespace densenode {

// Ids are those of an IndexIDMap or IndexIDMap2, or of the inverted lists, or else the positions from 0.
// `metric`: the file does not say that vectors are normalized, so kCosine may stand for the inner product;
// unset: as the file says. Throws FILE_CORRUPT, INDEX_UNSUPPORTED for a family that densenode does not make
// or ids that it does not take (negative or twice), INVALID_ARGUMENT for another metric than the file's.
OpenedIndex ImportFaissFile(const std::filesystem::path& path, std::optional<Metric> metric);

// An IndexIDMap2 around the index where its ids are not the positions and FAISS does not keep them in
// inverted lists.
void ExportFaissFile(const std::filesystem::path& path, faiss::Index& index, const IdMap& ids);

}  // namespace densenode
