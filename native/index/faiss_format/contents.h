// A complete reading of what faiss::write_index of FAISS 1.12 writes, before FAISS reads it: FAISS itself
// trusts every size, position and enumeration in a file.
#pragma once

#include <faiss/MetricType.h>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>

#include "index/faiss_format/cursor.h"

namespace densenode::faiss_format {

// Of an index, or of one that is part of another.
struct Contents {
  std::size_t dimension = 0;
  std::size_t count = 0;
  bool trained = false;
  faiss::MetricType metric = faiss::METRIC_L2;
  std::string factory;  // that makes such an index; CheckFactoryString has not seen it

  std::int64_t largest_list_id = -1;           // of the ids in inverted lists, all of which are 0 or more
  std::size_t table_bytes = 0;                 // that FAISS computes on reading unless told not to
  std::size_t subvectors = 0;                  // of the codes, where they are of a product quantizer
  std::optional<Packed<std::int64_t>> id_map;  // of an IndexIDMap: the id of each position below it
};

// Follows all of `bytes` without taking memory that grows with them, and checks every number against what is
// there and against what FAISS does with it: sizes, dimensions, counts, kinds, links of graphs, ids in lists.
// Afterwards FAISS reads and searches it without going wrong; one thing is left to do, see SearchEnds. Throws
// FILE_CORRUPT, and INDEX_UNSUPPORTED with the name of a family that densenode does not make.
Contents Parse(std::span<const std::byte> bytes, const std::filesystem::path& path);

}  // namespace densenode::faiss_format
