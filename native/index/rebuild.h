// A new index out of the vectors of another.
#pragma once

#include <faiss/Index.h>

#include <memory>

#include "common/cancellation.h"
#include "common/device.h"
#include "index/id_map.h"

namespace densenode {

// Fills `fresh`, an empty index, with all vectors of `from`, under their ids; trains it with them first (the
// coarse quantizer on `device`) if it is not trained. `from` is only read. Throws what training and adding
// throw, and ABORTED.
std::unique_ptr<IdMap> Rebuild(faiss::Index& from, const IdMap& its_ids, faiss::Index& fresh, Device device,
                               const Cancellation* cancellation);

// An empty index that has learnt what `index` has; null for families that FAISS does not clone (RaBitQ).
// Needs as much memory as `index` for a moment.
std::unique_ptr<faiss::Index> EmptyCopy(const faiss::Index& index);

}  // namespace densenode
