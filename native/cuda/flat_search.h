// Exact search over the vectors of a faiss::gpu::GpuIndexFlat, for inner product and L2.
//
// FAISS's own search multiplies fp16 without tensor cores, selects the best of a long row with one block of
// threads, and so leaves most of the device idle, above all for few queries. Here matrix products run on
// tensor cores, few queries have a kernel of their own that reads the vectors at the speed of memory, and
// rows of distances are cut into pieces that all multiprocessors select from, with FAISS's kernels.
#pragma once

#include <cuda_runtime_api.h>
#include <faiss/gpu/GpuIndexFlat.h>
#include <faiss/gpu/GpuResources.h>

#include <cstddef>
#include <cstdint>

namespace densenode {

// Room for `vectors` vectors in all, so that additions up to them do not allocate.
void ReserveFlat(faiss::gpu::GpuIndexFlat& index, std::size_t vectors, cudaStream_t stream);

// The vectors that fit without an allocation.
std::size_t FlatCapacity(faiss::gpu::GpuIndexFlat& index);

// Whether SearchFlat has this metric.
bool HasFlatSearch(const faiss::gpu::GpuIndexFlat& index);

// queries: n x index.d floats; scores and positions: n x k. All on the current device. k: 1 .. 2048, at most
// the vectors in the index. Starts the work on the default stream of `resources`.
void SearchFlat(faiss::gpu::GpuResources& resources, faiss::gpu::GpuIndexFlat& index, const float* queries,
                std::size_t n, std::size_t k, float* scores, std::int64_t* positions);

}  // namespace densenode
