// The way through an HNSW graph, as FAISS goes it (faiss/impl/HNSW.cpp, search_from_candidates): the same
// vectors enter the same queue in the same order. A vector whose distance, by its byte code and the bound of
// candidate_scan.h, reaches what FAISS would drop it for is not compared in fp32; that is most of them.
#pragma once

#include <faiss/IndexHNSW.h>

#include <cstddef>
#include <cstdint>

#include "index/row_codes.h"

namespace densenode::cpu {

// rows x k results of a graph over IndexFlat, inner product or l2, with AVX512-VNNI.
void SearchGraph(const faiss::IndexHNSW& index, RowCodes& codes, std::size_t rows, const float* queries,
                 std::size_t k, const faiss::SearchParametersHNSW& parameters, float* scores,
                 std::int64_t* labels);

}  // namespace densenode::cpu
