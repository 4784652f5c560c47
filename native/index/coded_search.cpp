#include "index/coded_search.h"

#include <faiss/IndexHNSW.h>
#include <faiss/IndexIVFFlat.h>
#include <faiss/IndexIVFPQ.h>
#include <faiss/IndexIVFPQFastScan.h>
#include <faiss/IndexPreTransform.h>
#include <faiss/IndexScalarQuantizer.h>

#include <memory>

#ifdef __AVX512F__
#include "index/cpu/hnsw_walk.h"
#include "index/cpu/list_scan.h"
#include "index/cpu/list_search.h"
#include "index/cpu/scalar_scan.h"
#endif
#include "index/refined_search.h"

namespace densenode {

#ifdef __AVX512F__
namespace {

// Whose search is one for the lists to probe and one through them.
bool SearchesByProbes(const faiss::IndexIVF& index) {
  return dynamic_cast<const faiss::IndexIVFFlat*>(&index) || dynamic_cast<const faiss::IndexIVFPQ*>(&index) ||
         dynamic_cast<const faiss::IndexIVFPQFastScan*>(&index) ||
         dynamic_cast<const faiss::IndexIVFScalarQuantizer*>(&index);
}

// False where the search is FAISS's as a whole.
bool SearchInvertedLists(const faiss::IndexIVF& index, IndexCodes& codes, std::size_t rows,
                         const float* queries, std::size_t k, const faiss::SearchParametersIVF& parameters,
                         float* scores, std::int64_t* labels) {
  if (parameters.max_codes > 0) return false;
  if (const auto* bytes = dynamic_cast<const faiss::IndexIVFScalarQuantizer*>(&index)) {
    if (cpu::HasByteProducts(bytes->sq, index.metric_type) &&
        cpu::SearchByteLists(*bytes, codes, rows, queries, k, parameters, scores, labels)) {
      return true;
    }
  } else if (codes.scan.Wanted(rows)) {
    const auto& lists = dynamic_cast<const faiss::IndexIVFFlat&>(index);
    if (cpu::SearchLists(lists, codes, rows, queries, k, parameters, scores, labels)) return true;
  }
  if (!SearchesByProbes(index)) return false;
  const cpu::Probes probes = cpu::ProbesOf(index, codes, rows, queries, parameters);
  index.search_preassigned(static_cast<faiss::idx_t>(rows), queries, static_cast<faiss::idx_t>(k),
                           probes.lists.data(), probes.scores.data(), scores, labels, false, &parameters);
  return true;
}

}  // namespace
#endif

void SearchIndex(const faiss::Index& index, IndexCodes& codes, std::size_t rows, const float* queries,
                 std::size_t k, const faiss::SearchParameters* parameters, float* scores,
                 std::int64_t* labels) {
  if (const auto* refined = dynamic_cast<const faiss::IndexRefineSearchParameters*>(parameters)) {
    return SearchRefined(static_cast<const faiss::IndexRefine&>(index), codes, rows, queries, k, *refined,
                         scores, labels);
  }
  if (const auto* inner = dynamic_cast<const faiss::SearchParametersPreTransform*>(parameters)) {
    const auto& transform = static_cast<const faiss::IndexPreTransform&>(index);
    const float* const transformed = transform.apply_chain(static_cast<faiss::idx_t>(rows), queries);
    const std::unique_ptr<const float[]> owned(transformed == queries ? nullptr : transformed);
    return SearchIndex(*transform.index, codes, rows, transformed, k, inner->index_params, scores, labels);
  }
#ifdef __AVX512F__
  if (const auto* hnsw = dynamic_cast<const faiss::SearchParametersHNSW*>(parameters);
      hnsw && !codes.rows.empty()) {
    return cpu::SearchGraph(static_cast<const faiss::IndexHNSW&>(index), codes.rows, rows, queries, k, *hnsw,
                            scores, labels);
  }
  if (const auto* ivf = dynamic_cast<const faiss::SearchParametersIVF*>(parameters);
      ivf && SearchInvertedLists(static_cast<const faiss::IndexIVF&>(index), codes, rows, queries, k, *ivf,
                                 scores, labels)) {
    return;
  }
  if (const auto* bytes = dynamic_cast<const faiss::IndexScalarQuantizer*>(&index);
      bytes && cpu::HasByteProducts(bytes->sq, index.metric_type) &&
      cpu::SearchBytes(*bytes, rows, queries, k, parameters ? parameters->sel : nullptr, scores, labels)) {
    return;
  }
#endif
  index.search(static_cast<faiss::idx_t>(rows), queries, static_cast<faiss::idx_t>(k), scores, labels,
               parameters);
}

}  // namespace densenode
