// Searching without the shortcuts of the family: the reference that a search is measured against.
#include <faiss/IndexIVFFastScan.h>

#include <algorithm>

#include "index/exact_search.h"
#include "index/faiss_call.h"
#include "index/vector_index_parts.h"
#include "index/vectors.h"

namespace densenode {
namespace {

// Bounds the tables of FAISS; more queries are done in rounds.
constexpr std::size_t kTableEntries = std::size_t{1} << 22;

// Labels are positions, or ids where the index stores them.
void SearchEveryVector(const faiss::Index& index, faiss::idx_t n, const float* queries, faiss::idx_t k,
                       float* scores, faiss::idx_t* labels) {
  const FaissLayers layers(const_cast<faiss::Index&>(index));
  if (layers.refine) return layers.refine->refine_index->search(n, queries, k, scores, labels);
  if (layers.hnsw) {
    std::unique_ptr<const float[]> transformed;
    queries = layers.Transformed(static_cast<std::size_t>(n), queries, &transformed);
    return layers.hnsw->storage->search(n, queries, k, scores, labels);
  }
  VectorIndex::SearchParameters all;
  if (layers.ivf) {
    all["nprobe"] = static_cast<double>(layers.ivf->nlist);
    if (!dynamic_cast<const faiss::IndexIVFFastScan*>(layers.ivf)) all["max_codes"] = 0;
    if (dynamic_cast<const faiss::IndexHNSW*>(layers.ivf->quantizer))
      all["quantizer_efSearch"] = all["nprobe"];
  }
  const SearchPlan plan(index, all, static_cast<std::size_t>(k));
  index.search(n, queries, k, scores, labels, plan.get());
}

}  // namespace

void VectorIndex::SearchExact(std::span<const float> queries, std::size_t k, std::int64_t* ids,
                              float* scores) const {
  const Parts& p = *parts_;
  const std::size_t n = p.CheckRows(queries, "query");
  const std::size_t lists = p.family.load()->lists;
  if (device().is_cuda()) {
    if (lists > kMostDeviceResults) {
      Fail(ErrorCode::kIndexUnsupported, "a search on a GPU compares with at most ", kMostDeviceResults,
           " of the inverted lists of an index, and this one has ", lists, "; move it to the CPU");
    }
    SearchParameters all;
    if (lists > 0) all["nprobe"] = static_cast<double>(lists);
    return Search(queries, k, all, ids, scores);
  }
  const auto read = p.Read();
  if (p.device().is_cuda()) Fail(ErrorCode::kEngineFailed, "the index was moved to a device meanwhile");
  p.CheckUsable();
  p.CheckTrained();
  const std::size_t found = std::min(k, p.ids->count());
  const StoredVectors stored(*p.index);
  std::vector<std::int64_t> present;  // where some are removed
  CallFaiss(ErrorCode::kEngineFailed, "searching failed", [&] {
    if (p.ids->removed() > 0) present = Selection(*p.ids).Handles(*p.ids);
    const std::size_t round = std::max<std::size_t>(1, kTableEntries / (std::max(k, lists) + 1));
    for (std::size_t begin = 0; begin < n; begin += round) {
      const std::size_t rows = std::min(round, n - begin);
      const float* some = queries.data() + begin * dimension();
      std::unique_ptr<float[]> normalized;
      some = p.Normalized(some, rows, &normalized);
      if (found > 0 && !present.empty()) {
        ExactSearch(stored, present, rows, some, found, ids + begin * k, scores + begin * k);
      } else if (found > 0) {
        SearchEveryVector(*p.index, static_cast<faiss::idx_t>(rows), some, static_cast<faiss::idx_t>(found),
                          scores + begin * k, ids + begin * k);
      }
      p.FinishRows(rows, k, found, ids + begin * k, scores + begin * k);
    }
  });
}

bool VectorIndex::keeps_vectors() const { return parts_->family.load()->keeps_vectors; }

}  // namespace densenode
