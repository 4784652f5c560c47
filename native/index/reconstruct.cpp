#include "index/reconstruct.h"

#include <faiss/invlists/DirectMap.h>

#include <algorithm>
#include <vector>

#include "index/faiss_layers.h"
#include "index/vectors.h"

namespace densenode {
namespace {

constexpr std::size_t kBlockBytes = std::size_t{32} << 20;
constexpr std::size_t kLeastBlock = 256;

}  // namespace

void ReconstructRows(faiss::Index& index, std::span<const std::int64_t> handles, float* out) {
  const FaissLayers layers(index);
  const auto d = static_cast<std::size_t>(index.d);
  if (!layers.stores_ids()) {
    for (std::int64_t position : handles) {
      index.reconstruct(position, out);
      out += d;
    }
    return;
  }
  const auto inner = layers.transform ? FloatBuffer(static_cast<std::size_t>(layers.ivf->d)) : nullptr;
  for (std::int64_t handle : handles) {
    const auto list = static_cast<std::int64_t>(faiss::lo_listno(handle));
    const auto offset = static_cast<std::int64_t>(faiss::lo_offset(handle));
    layers.ivf->reconstruct_from_offset(list, offset, inner ? inner.get() : out);
    if (inner) layers.transform->reverse_chain(1, inner.get(), out);
    out += d;
  }
}

void ForEachReconstructed(faiss::Index& index, const IdMap& ids,
                          const std::function<void(std::span<const std::int64_t>, const float*)>& block) {
  const auto d = static_cast<std::size_t>(index.d);
  const std::size_t most = std::max(kLeastBlock, kBlockBytes / (d * sizeof(float)));
  const std::size_t rows = std::min(most, ids.count());
  std::vector<std::int64_t> some_ids, handles;
  some_ids.reserve(rows);
  handles.reserve(rows);
  const auto vectors = FloatBuffer(rows * d);
  const auto pass = [&] {
    ReconstructRows(index, handles, vectors.get());
    block(some_ids, vectors.get());
    some_ids.clear();
    handles.clear();
  };
  ids.ForEach([&](std::int64_t id, std::int64_t handle) {
    some_ids.push_back(id);
    handles.push_back(handle);
    if (handles.size() == rows) pass();
  });
  if (!handles.empty()) pass();
}

}  // namespace densenode
