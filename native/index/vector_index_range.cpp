// VectorIndex::RangeSearch.
#include <algorithm>

#include "index/faiss_call.h"
#include "index/range_search.h"
#include "index/vector_index_parts.h"

namespace densenode {

void VectorIndex::RangeSearch(std::span<const float> queries, float radius,
                              const SearchParameters& parameters, const Filter* filter, RangeBudget* budget,
                              RangeHits* hits) const {
  const Parts& p = *parts_;
  const std::size_t n = p.CheckRows(queries, "query");
  const auto read = p.Read();
  if (p.device().is_cuda()) {
    Fail(ErrorCode::kIndexUnsupported, "FAISS has no range search on a GPU, and this index (\"",
         p.options.factory, "\") is on ", p.device().name(), "; move it to the CPU for one");
  }
  CheckParameters(p.family.load()->parameters, parameters, ParameterUse::kSearch);
  p.CheckUsable();
  p.CheckTrained();
  CallFaiss(ErrorCode::kEngineFailed, "range search failed", [&] {
    std::unique_ptr<float[]> normalized;
    const float* rows = p.Normalized(queries.data(), n, &normalized);
    std::vector<std::vector<RangeHit>> found(n);
    const auto selection = p.Selected(filter);
    RangeSearchRows(*p.index, *p.ids, selection.get(), n, rows, radius, parameters, budget, &found);
    const bool larger_is_nearer = faiss::is_similarity_metric(p.index->metric_type);
    std::size_t total = hits->ids.size();
    for (const auto& row : found) total += row.size();
    hits->ids.reserve(total);
    hits->scores.reserve(total);
    for (auto& row : found) {
      std::sort(row.begin(), row.end(), [&](const RangeHit& a, const RangeHit& b) {
        return larger_is_nearer ? a.score > b.score : a.score < b.score;
      });
      hits->counts.push_back(row.size());
      for (const RangeHit& hit : row) {
        hits->ids.push_back(hit.label);
        hits->scores.push_back(hit.score);
      }
      row = {};
    }
    p.ids->ToIds(hits->ids.data(), hits->ids.size());
  });
}

}  // namespace densenode
