// One byte for each value of the vectors of an index on the CPU, in the form that its searches read: Flat by
// chunks, IVF by lists, graphs by rows. Other indexes have none.
#pragma once

#include <faiss/Index.h>

#include <cstddef>

#include "index/row_codes.h"
#include "index/scan_codes.h"

namespace densenode {

// In which form searches of an index read codes on this CPU.
enum class CodeForm { kNone, kChunks, kLists, kRows };
CodeForm CodeFormOf(const faiss::Index& index);
// What the codes of `count` vectors take on this CPU, once searches have met all of them. Lists are filled up
// to 32 vectors, each by half of that on average.
std::size_t CodeBytes(CodeForm form, faiss::MetricType metric, std::size_t dimension, std::size_t count,
                      std::size_t lists = 0);

struct IndexCodes {
  ScanCodes scan;   // chunks or lists
  ScanCodes cells;  // chunks of the centroids of lists
  RowCodes rows;

  // None will be made. Before the first search.
  void Forbid() { allowed_ = false; }
  bool allowed() const { return allowed_; }

  // These two with exclusive access to the index.
  void Drop() {
    scan.Drop();
    cells.Drop();
    rows.Drop();
  }
  // After vectors came into an index in host memory behind those that were there.
  void Follow(const faiss::Index& index);

  std::size_t memory_bytes() const {
    return scan.memory_bytes() + cells.memory_bytes() + rows.memory_bytes();
  }

 private:
  bool allowed_ = true;
};

}  // namespace densenode
