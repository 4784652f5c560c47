// FAISS's search of an index. Where codes help, the way through a graph or through inverted lists is done
// here: the same graph, lists and results, but what codes rule out is not compared in fp32.
#pragma once

#include <faiss/Index.h>

#include <cstddef>
#include <cstdint>

#include "index/index_codes.h"

namespace densenode {

// index.search(): rows x k results.
void SearchIndex(const faiss::Index& index, IndexCodes& codes, std::size_t rows, const float* queries,
                 std::size_t k, const faiss::SearchParameters* parameters, float* scores,
                 std::int64_t* labels);

}  // namespace densenode
