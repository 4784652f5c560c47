// Reads a FAISS index_factory string before FAISS does.
#pragma once

#include <cstddef>
#include <string>

#include "index/vector_index.h"

namespace densenode {

// Grammar: [transform,]* base [,RFlat | ,Refine(code)]
//   transform  PCA[W][R]n  RR[n]  OPQm[_n]  Padn  L2norm
//   base       code | PQmx4fs[_32] | HNSW[M][,code] | coarse,code | coarse,PQmx4fs[r][_32]
//   coarse     IVFn[k|M] | IVFn_HNSW[M] | IVFn(HNSW[M]) | IMI2xbits
//   code       Flat | SQ4 | SQ6 | SQ8 | SQfp16 | SQbf16 | PQm[xbits][np] | RaBitQ
// What FAISS knows beyond that (NSG, LSH, additive quantizers, binary indexes, ...) throws INDEX_UNSUPPORTED,
// as do pairs of metric and family whose scores would not be the metric's. A string outside the grammar, or
// one that asks for more than 1 GiB before the first vector arrives, throws INDEX_INVALID. After this check
// index_factory can neither overflow a number nor meet an assert.
void CheckFactoryString(const std::string& factory, std::size_t dimension, Metric metric);

// The same for all strings of an index of the same parts, once it is trained: "HNSW" and "HNSW32,Flat" give
// one, and so do "OPQ8" and "OPQ16". To be compared, not to be given to FAISS. Throws as CheckFactoryString,
// at any length.
std::string CanonicalFactory(const std::string& factory, std::size_t dimension, Metric metric);

}  // namespace densenode
