// FAISS's IndexRefine::search, whose first step is a search of ours.
#pragma once

#include <faiss/IndexRefine.h>

#include <cstddef>
#include <cstdint>

#include "index/index_codes.h"

namespace densenode {

// rows x k results: the nearest of the k x k_factor candidates of the base, by the distances of the refining
// index.
void SearchRefined(const faiss::IndexRefine& index, IndexCodes& codes, std::size_t rows, const float* queries,
                   std::size_t k, const faiss::IndexRefineSearchParameters& parameters, float* scores,
                   std::int64_t* labels);

}  // namespace densenode
