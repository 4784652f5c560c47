// A FAISS index from its factory string, and its training.
#pragma once

#include <faiss/Index.h>

#include <cstddef>
#include <memory>

#include "index/vector_index.h"

namespace densenode {

// Cosine is inner product over vectors that VectorIndex normalizes.
faiss::MetricType FaissMetric(Metric metric);

// Empty and untrained. Throws INVALID_ARGUMENT for the dimension and the parameters, and as
// CheckFactoryString.
std::unique_ptr<faiss::Index> MakeFaissIndex(const VectorIndex::CreateOptions& options);

// Trains with FAISS's fixed seeds: the same vectors in the same order with the same number of threads give
// the same index. The coarse quantizer of IVF is trained on `device`. Throws INVALID_ARGUMENT when n is too
// small for the index, ENGINE_FAILED when FAISS fails, OUT_OF_MEMORY.
void TrainFaissIndex(faiss::Index& index, std::size_t n, const float* vectors, Device device = {});

}  // namespace densenode
