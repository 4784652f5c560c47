// Searches of vectors that FAISS keeps in 8 bits a value (SQ8), by products of these bytes. A value is
// x_i = least_i + extent_i (c_i + 1/2) / 255, so q.x is a constant of the query and the sum of w_i c_i, with
// w_i = q_i extent_i / 255. Rounded to two times 8 bits, w = s a + (s / 254) b: products with a rule out most
// vectors, and for the rest those with b leave so little that bounds choose hardly more than the nearest,
// which FAISS decodes and scores.
#pragma once

#include <faiss/IndexScalarQuantizer.h>

#include <cstddef>
#include <cstdint>

#include "index/index_codes.h"

namespace densenode::cpu {

// Whether these can be searched so: 8 bits with an extent of each value, inner product, on this CPU.
bool HasByteProducts(const faiss::ScalarQuantizer& quantizer, faiss::MetricType metric);

// rows x k results as index.search() gives them. False where bounds do not hold, or rule out too little: then
// nothing is written. `selector` may be null.
bool SearchBytes(const faiss::IndexScalarQuantizer& index, std::size_t rows, const float* queries,
                 std::size_t k, const faiss::IDSelector* selector, float* scores, std::int64_t* labels);
bool SearchByteLists(const faiss::IndexIVFScalarQuantizer& index, IndexCodes& codes, std::size_t rows,
                     const float* queries, std::size_t k, const faiss::SearchParametersIVF& parameters,
                     float* scores, std::int64_t* labels);

}  // namespace densenode::cpu
