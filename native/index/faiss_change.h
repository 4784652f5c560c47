// Changes of an index in host memory: of FAISS's object and of the ids together.
#pragma once

#include <faiss/Index.h>

#include <cstddef>
#include <cstdint>
#include <span>

#include "index/id_map.h"

namespace densenode {

struct HostIndex {
  faiss::Index& index;
  IdMap& ids;
  bool& broken;  // set where a failure leaves the two half changed
};

// All need exclusive access and are all or nothing, but for a failure inside FAISS that `broken` tells.

// `new_ids` as IdMap::Prepare takes them. The index is trained.
void AddVectors(HostIndex to, std::size_t n, const float* vectors, std::span<const std::int64_t> new_ids);

// How many of `removed_ids` were there. Where FAISS cannot take vectors out they are marked.
std::size_t RemoveVectors(HostIndex from, std::span<const std::int64_t> removed_ids);

enum class Missing : int { kRefuse, kAdd };
// Gives n distinct ids new vectors. Ids that are not there throw INVALID_ARGUMENT, or are added. Returns how
// many were added.
std::size_t ReplaceVectors(HostIndex in, std::size_t n, const float* vectors,
                           std::span<const std::int64_t> replaced_ids, Missing missing);

// Adds all of another index, whose ids must not be here (INVALID_ARGUMENT). Codes are copied, or decoded and
// coded again where that changes nothing; throws INDEX_UNSUPPORTED where vectors would lose once more.
void MergeVectors(HostIndex into, faiss::Index& other, const IdMap& other_ids, bool same_factory);

}  // namespace densenode
