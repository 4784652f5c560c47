// A search of inverted lists of vectors by their codes (list_search.h).
#pragma once

#include <faiss/IndexIVFFlat.h>

#include <cstddef>
#include <cstdint>

#include "index/index_codes.h"

namespace densenode::cpu {

// rows x k results as index.search() gives them, inner product or l2. False where bounds do not hold, or rule
// out too little: then nothing is written.
bool SearchLists(const faiss::IndexIVFFlat& index, IndexCodes& codes, std::size_t rows, const float* queries,
                 std::size_t k, const faiss::SearchParametersIVF& parameters, float* scores,
                 std::int64_t* labels);

}  // namespace densenode::cpu
