#include "index/rebuild.h"

#include <faiss/IndexIVFPQFastScan.h>
#include <faiss/IndexIVFRaBitQ.h>
#include <faiss/IndexRaBitQ.h>
#include <faiss/clone_index.h>
#include <faiss/impl/io.h>
#include <faiss/index_io.h>

#include <algorithm>
#include <random>
#include <vector>

#include "index/faiss_call.h"
#include "index/faiss_change.h"
#include "index/faiss_layers.h"
#include "index/index_parameters.h"
#include "index/make_index.h"
#include "index/reconstruct.h"
#include "index/vectors.h"

namespace densenode {
namespace {

// What FAISS's k-means looks at: 256 points a centroid, and codebooks have 256 centroids.
constexpr std::size_t kPointsPerCentroid = 256;
constexpr std::size_t kCodebook = 256;

void TrainOn(faiss::Index& from, const IdMap& its_ids, faiss::Index& fresh, Device device) {
  const FaissLayers layers(fresh);
  const std::size_t lists = layers.ivf ? layers.ivf->nlist : 0;
  const std::size_t count = std::min(its_ids.count(), kPointsPerCentroid * std::max(lists, kCodebook));
  std::vector<std::int64_t> all, sample;
  all.reserve(its_ids.count());
  sample.reserve(count);
  its_ids.ForEach([&](std::int64_t, std::int64_t handle) { all.push_back(handle); });
  std::sample(all.begin(), all.end(), std::back_inserter(sample), count, std::mt19937(1234));
  const auto vectors = FloatBuffer(count * static_cast<std::size_t>(from.d));
  ReconstructRows(from, sample, vectors.get());
  TrainFaissIndex(fresh, count, vectors.get(), device);
}

}  // namespace

std::unique_ptr<IdMap> Rebuild(faiss::Index& from, const IdMap& its_ids, faiss::Index& fresh, Device device,
                               const Cancellation* cancellation) {
  return CallFaiss(ErrorCode::kEngineFailed, "building the index anew failed", [&] {
    if (!fresh.is_trained && its_ids.count() > 0) TrainOn(from, its_ids, fresh, device);
    const FaissLayers layers(fresh);
    auto ids = std::make_unique<IdMap>(layers.stores_ids() ? layers.ivf : nullptr);
    bool broken = false;
    ForEachReconstructed(from, its_ids, [&](std::span<const std::int64_t> some, const float* vectors) {
      if (cancellation) cancellation->ThrowIfRequested();
      AddVectors({fresh, *ids, broken}, some.size(), vectors, some);
    });
    ids->SkipTo(its_ids.next_id());
    return ids;
  });
}

std::unique_ptr<faiss::Index> EmptyCopy(const faiss::Index& index) {
  const FaissLayers layers(const_cast<faiss::Index&>(index));
  if (dynamic_cast<const faiss::IndexRaBitQ*>(layers.base) ||
      dynamic_cast<const faiss::IndexIVFRaBitQ*>(layers.base)) {
    return nullptr;
  }
  return CallFaiss(ErrorCode::kEngineFailed, "building the index anew failed", [&] {
    std::unique_ptr<faiss::Index> copy(faiss::clone_index(&index));
    copy->reset();
    // Emptied vectors keep their memory, those of a file take none.
    faiss::VectorIOWriter writer;
    faiss::write_index(copy.get(), &writer);
    copy.reset();
    faiss::VectorIOReader reader;
    reader.data = std::move(writer.data);
    copy.reset(faiss::read_index(&reader));
    CopyParameters(index, *copy);
    // FAISS reads everything but the pointer through which this family decodes vectors.
    if (auto* scan = dynamic_cast<faiss::IndexIVFPQFastScan*>(FaissLayers(*copy).ivf)) {
      scan->fine_quantizer = &scan->pq;
    }
    return copy;
  });
}

}  // namespace densenode
