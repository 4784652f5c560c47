#include "index/coded_search.h"

#include <faiss/IndexHNSW.h>
#include <faiss/IndexIVFFlat.h>
#include <faiss/IndexScalarQuantizer.h>

#ifdef __AVX512F__
#include "index/cpu/hnsw_walk.h"
#include "index/cpu/list_scan.h"
#include "index/cpu/scalar_scan.h"
#endif

namespace densenode {

void SearchIndex(const faiss::Index& index, [[maybe_unused]] IndexCodes& codes, std::size_t rows,
                 const float* queries, std::size_t k, const faiss::SearchParameters* parameters,
                 float* scores, std::int64_t* labels) {
#ifdef __AVX512F__
  if (const auto* hnsw = dynamic_cast<const faiss::SearchParametersHNSW*>(parameters);
      hnsw && !codes.rows.empty()) {
    return cpu::SearchGraph(static_cast<const faiss::IndexHNSW&>(index), codes.rows, rows, queries, k, *hnsw,
                            scores, labels);
  }
  if (const auto* ivf = dynamic_cast<const faiss::SearchParametersIVF*>(parameters);
      ivf && ivf->max_codes == 0) {
    if (const auto* bytes = dynamic_cast<const faiss::IndexIVFScalarQuantizer*>(&index)) {
      if (cpu::HasByteProducts(bytes->sq, index.metric_type) &&
          cpu::SearchByteLists(*bytes, codes, rows, queries, k, *ivf, scores, labels)) {
        return;
      }
    } else if (codes.scan.Wanted(rows)) {
      const auto& lists = dynamic_cast<const faiss::IndexIVFFlat&>(index);
      if (cpu::SearchLists(lists, codes, rows, queries, k, *ivf, scores, labels)) return;
    }
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
