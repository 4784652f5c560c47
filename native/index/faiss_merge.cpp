// MergeVectors (faiss_change.h).
#include <faiss/impl/CodePacker.h>
#include <faiss/invlists/BlockInvertedLists.h>
#include <faiss/invlists/InvertedLists.h>

#include <algorithm>
#include <vector>

#include "common/error.h"
#include "index/faiss_call.h"
#include "index/faiss_change.h"
#include "index/faiss_layers.h"
#include "index/interrupt.h"
#include "index/reconstruct.h"
#include "index/same_training.h"

namespace densenode {
namespace {

// FAISS's own add_entries of these lists is for whole blocks.
void AppendBlocks(faiss::BlockInvertedLists& to, const faiss::BlockInvertedLists& from, std::size_t list) {
  const std::size_t before = to.list_size(list), count = from.list_size(list);
  to.resize(list, before + count);
  std::copy_n(from.get_ids(list), count, to.ids[list].begin() + static_cast<std::ptrdiff_t>(before));
  std::vector<std::uint8_t> code(to.packer->code_size);
  for (std::size_t i = 0; i < count; ++i) {
    from.packer->unpack_1(from.get_codes(list), i, code.data());
    to.packer->pack_1(code.data(), before + i, to.codes[list].data());
  }
}

// Codes of residuals mean something in their own list only: they go there as they are.
void AppendLists(HostIndex into, const faiss::IndexIVF& other, const IdMap& other_ids) {
  const FaissLayers layers(into.index);
  std::vector<std::int64_t> ids;
  ids.reserve(other_ids.count());
  other_ids.ForEach([&](std::int64_t id, std::int64_t) { ids.push_back(id); });
  into.ids.Prepare(ids.size(), ids);
  into.broken = true;  // until the ids are there too
  auto* blocks = dynamic_cast<faiss::BlockInvertedLists*>(layers.ivf->invlists);
  const auto* other_blocks = dynamic_cast<const faiss::BlockInvertedLists*>(other.invlists);
  for (std::size_t list = 0; list < other.nlist; ++list) {
    if (blocks && other_blocks) {
      AppendBlocks(*blocks, *other_blocks, list);
    } else {
      layers.ivf->invlists->add_entries(list, other.invlists->list_size(list), other.invlists->get_ids(list),
                                        other.invlists->get_codes(list));
    }
  }
  layers.ivf->ntotal += other.ntotal;
  into.index.ntotal = layers.ivf->ntotal;
  into.ids.Append();
  into.broken = false;
}

}  // namespace

void MergeVectors(HostIndex into, faiss::Index& other, const IdMap& other_ids, bool same_factory) {
  const FaissLayers layers(into.index), other_layers(other);
  const bool same_codes = same_factory && SameTraining(layers, other_layers);
  if (!same_codes && !other_layers.keeps_vectors()) {
    Fail(ErrorCode::kIndexUnsupported,
         "the vectors of the other index are kept in a lossy form that this index did not learn, and would "
         "lose "
         "once more; merge indexes of one training (train one, save it empty, and open that file for each "
         "part)");
  }
  other_ids.ForEach([&](std::int64_t id, std::int64_t) {
    if (into.ids.Find(id) != IdMap::kNone) {
      Fail(ErrorCode::kInvalidArgument, "id ", id, " is in both indexes, so nothing was merged");
    }
  });
  CallFaiss(ErrorCode::kEngineFailed, "merging failed", [&] {
    if (same_codes && layers.stores_ids()) return AppendLists(into, *other_layers.ivf, other_ids);
    std::vector<std::int64_t> added;
    added.reserve(other_ids.count());
    try {
      ForEachReconstructed(other, other_ids, [&](std::span<const std::int64_t> ids, const float* vectors) {
        AddVectors(into, ids.size(), vectors, ids);
        added.insert(added.end(), ids.begin(), ids.end());
      });
    } catch (...) {
      if (!into.broken) RemoveVectors(into, added);
      throw;
    }
  });
}

}  // namespace densenode
