// Stored vectors, as they were given but for what the family loses.
#pragma once

#include <faiss/Index.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>

#include "index/id_map.h"

namespace densenode {

// Writes the vectors at these handles (IdMap) to out[handles.size() * index.d].
void ReconstructRows(faiss::Index& index, std::span<const std::int64_t> handles, float* out);

// Calls block(ids, vectors) with some thousand vectors at a time until all of the index were there.
void ForEachReconstructed(faiss::Index& index, const IdMap& ids,
                          const std::function<void(std::span<const std::int64_t>, const float*)>& block);

}  // namespace densenode
