// All stored vectors nearer than a radius.
#pragma once

#include <faiss/Index.h>

#include <cstddef>
#include <cstdint>
#include <vector>

#include "index/filter_selection.h"
#include "index/id_map.h"
#include "index/range_hits.h"
#include "index/vector_index.h"

namespace densenode {

struct RangeHit {
  std::int64_t label = 0;
  float score = 0;
};

// Appends to rows[0 .. n - 1] what scores above the radius (similarities) or below it (distances). Families
// that compare with every vector, and searches that few vectors are selected for, are exact; IVF and HNSW
// find what lies in the cells or among the candidates that they look at. `selection`: null for all. Memory
// beyond the budget: 24 bytes for each vector of the index.
//
// For use under the lock of the index. Labels of IVF are ids, else positions.
void RangeSearchRows(const faiss::Index& index, const IdMap& ids, const Selection* selection, std::size_t n,
                     const float* queries, float radius, const VectorIndex::SearchParameters& parameters,
                     RangeBudget* budget, std::vector<std::vector<RangeHit>>* rows);

}  // namespace densenode
