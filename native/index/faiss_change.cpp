#include "index/faiss_change.h"

#include <faiss/IndexFlatCodes.h>
#include <faiss/IndexIVF.h>
#include <faiss/impl/IDSelector.h>
#include <faiss/invlists/InvertedLists.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <vector>

#include "common/error.h"
#include "index/faiss_call.h"
#include "index/faiss_layers.h"
#include "index/interrupt.h"
#include "index/vectors.h"

namespace densenode {
namespace {

void AddToFaiss(HostIndex to, std::size_t n, const float* vectors, std::span<const std::int64_t> assigned) {
  const faiss::idx_t before = to.index.ntotal;
  FaissLayers layers(to.index);
  // No interruption from here: half an addition could not be taken back from a graph.
  const InterruptScope uninterrupted(nullptr);
  try {
    CallFaiss(ErrorCode::kEngineFailed, "adding failed", [&] {
      if (layers.stores_ids()) {
        to.index.add_with_ids(static_cast<faiss::idx_t>(n), vectors, assigned.data());
      } else {
        to.index.add(static_cast<faiss::idx_t>(n), vectors);
      }
      // Many small additions need the room to grow, one large one leaves it behind.
      if (static_cast<faiss::idx_t>(n) >= before) layers.ShrinkToFit();
    });
  } catch (...) {
    to.broken = layers.ivf || layers.hnsw || layers.refine || to.index.ntotal != before;
    throw;
  }
}

// The codes of vectors that lie one after another and can be written over; null for other families.
faiss::IndexFlatCodes* CodesInPlace(const FaissLayers& layers) {
  const bool plain = !layers.refine && !layers.ivf && !layers.hnsw;
  return plain ? dynamic_cast<faiss::IndexFlatCodes*>(layers.base) : nullptr;
}

std::vector<std::uint8_t> Encode(const FaissLayers& layers, const faiss::IndexFlatCodes& codes, std::size_t n,
                                 const float* vectors) {
  std::unique_ptr<const float[]> transformed;
  vectors = layers.Transformed(n, vectors, &transformed);
  std::vector<std::uint8_t> encoded(n * codes.code_size);
  codes.sa_encode(static_cast<faiss::idx_t>(n), vectors, encoded.data());
  return encoded;
}

}  // namespace

void AddVectors(HostIndex to, std::size_t n, const float* vectors, std::span<const std::int64_t> new_ids) {
  const auto assigned =
      CallFaiss(ErrorCode::kEngineFailed, "adding", [&] { return to.ids.Prepare(n, new_ids); });
  if (n == 0) return;
  // Vectors of another index were not checked for this one.
  const FaissLayers layers(to.index);
  if (layers.transform) {
    const auto dimension = static_cast<std::size_t>(to.index.d);
    CheckVectors({vectors, n * dimension}, dimension, "vector", layers.most_squared_norm());
  }
  AddToFaiss(to, n, vectors, assigned);
  to.ids.Append();
}

std::size_t RemoveVectors(HostIndex from, std::span<const std::int64_t> removed_ids) {
  const FaissLayers layers(from.index);
  return CallFaiss(ErrorCode::kEngineFailed, "removing failed", [&]() -> std::size_t {
    const std::size_t before = from.ids.count();
    if (!layers.can_remove()) return from.ids.MarkRemoved(removed_ids);
    if (layers.stores_ids()) {
      const faiss::IDSelectorBatch selector(removed_ids.size(), removed_ids.data());
      from.broken = true;  // until the counts agree again
      from.index.remove_ids(selector);
      // FAISS counts nothing removed from the block lists of fast scan: the lists themselves know.
      const std::size_t left = layers.ivf->invlists->compute_ntotal();
      layers.ivf->ntotal = from.index.ntotal = static_cast<faiss::idx_t>(left);
      from.ids.RemoveStored(before - left);
    } else {
      const auto positions = from.ids.PreparePositions(removed_ids);
      if (positions.empty()) return 0;
      const faiss::IDSelectorBitmap selector(before, positions.data());
      from.broken = true;
      if (layers.refine) {  // FAISS does not offer it
        layers.refine->base_index->remove_ids(selector);
        layers.refine->refine_index->remove_ids(selector);
        layers.refine->ntotal = layers.refine->refine_index->ntotal;
      } else {
        from.index.remove_ids(selector);
      }
      from.ids.RemovePositions(positions);
    }
    from.broken = false;
    return before - from.ids.count();
  });
}

std::size_t ReplaceVectors(HostIndex in, std::size_t n, const float* vectors,
                           std::span<const std::int64_t> replaced_ids, Missing missing) {
  IdMap::CheckIds(n, replaced_ids);
  return CallFaiss(ErrorCode::kEngineFailed, "updating failed", [&]() -> std::size_t {
    std::vector<std::int64_t> positions(n), present, added;
    for (std::size_t i = 0; i < n; ++i) {
      positions[i] = in.ids.Find(replaced_ids[i]);
      (positions[i] == IdMap::kNone ? added : present).push_back(replaced_ids[i]);
    }
    if (!added.empty() && missing == Missing::kRefuse) {
      Fail(ErrorCode::kInvalidArgument, "id ", added.front(),
           " is not in the index, so nothing was updated; add it, or upsert");
    }
    const FaissLayers layers(in.index);
    auto* codes = CodesInPlace(layers);
    if (!codes) {
      if (!present.empty()) RemoveVectors(in, present);
      try {
        AddVectors(in, n, vectors, replaced_ids);
      } catch (...) {
        in.broken |= !present.empty();
        throw;
      }
      return added.size();
    }
    const auto encoded = Encode(layers, *codes, n, vectors);
    if (!added.empty()) {
      const auto d = static_cast<std::size_t>(in.index.d);
      const auto rows = FloatBuffer(added.size() * d);
      float* next = rows.get();
      for (std::size_t i = 0; i < n; ++i) {
        if (positions[i] == IdMap::kNone) next = std::copy_n(vectors + i * d, d, next);
      }
      AddVectors(in, added.size(), rows.get(), added);
    }
    for (std::size_t i = 0; i < n; ++i) {
      if (positions[i] == IdMap::kNone) continue;
      std::memcpy(codes->codes.data() + static_cast<std::size_t>(positions[i]) * codes->code_size,
                  encoded.data() + i * codes->code_size, codes->code_size);
    }
    return added.size();
  });
}

}  // namespace densenode
