#include "index/range_search.h"

#include <faiss/impl/AuxIndexStructures.h>
#include <faiss/utils/distances.h>

#include <algorithm>
#include <memory>
#include <numeric>

#include "index/exact_search.h"
#include "index/filtered_search.h"
#include "index/search_plan.h"

namespace densenode {
namespace {

// FAISS keeps results twice before it is done: so many queries at a time that this is the most.
constexpr std::size_t kTableBytes = std::size_t{64} << 20;
constexpr std::size_t kBytesPerResult = 2 * (sizeof(std::int64_t) + sizeof(float));

bool Within(faiss::MetricType metric, float score, float radius) {
  return faiss::is_similarity_metric(metric) ? score > radius : score < radius;
}

void ScoreBlock(faiss::MetricType metric, const float* query, const float* vectors, std::size_t count,
                std::size_t d, float* scores) {
  switch (metric) {
    case faiss::METRIC_INNER_PRODUCT:
      return faiss::fvec_inner_products_ny(scores, query, vectors, d, count);
    case faiss::METRIC_L2:
      return faiss::fvec_L2sqr_ny(scores, query, vectors, d, count);
    default:
      for (std::size_t i = 0; i < count; ++i) scores[i] = faiss::fvec_L1(query, vectors + i * d, d);
  }
}

void ScanRows(const StoredVectors& stored, const IdMap& ids, std::span<const std::int64_t> handles,
              std::size_t n, const float* queries, float radius, RangeBudget* budget,
              std::vector<std::vector<RangeHit>>* rows) {
  std::unique_ptr<const float[]> transformed;
  queries = stored.Queries(n, queries, &transformed);
  const std::size_t d = stored.dimension();
  const bool stores_ids = ids.mode() == IdMap::Mode::kStored;
  std::vector<float> scores;
  ForEachBlock(stored, handles, [&](const float* vectors, std::span<const std::int64_t> some) {
    scores.resize(some.size());
    for (std::size_t row = 0; row < n; ++row) {
      auto& hits = (*rows)[row];
      const std::size_t before = hits.size();
      ScoreBlock(stored.metric(), queries + row * d, vectors, some.size(), d, scores.data());
      for (std::size_t i = 0; i < some.size(); ++i) {
        if (!Within(stored.metric(), scores[i], radius)) continue;
        hits.push_back({stores_ids ? ids.IdAt(some[i]) : some[i], scores[i]});
      }
      budget->Take(hits.size() - before);
    }
  });
}

void SearchByFaiss(const faiss::Index& index, const SearchPlan& plan, const Selection* selection,
                   bool refines, std::size_t n, const float* queries, float radius, RangeBudget* budget,
                   std::vector<std::vector<RangeHit>>* rows) {
  const auto count = static_cast<std::size_t>(index.ntotal);
  const std::size_t round = std::max<std::size_t>(1, kTableBytes / (kBytesPerResult * count));
  for (std::size_t begin = 0; begin < n; begin += round) {
    const std::size_t some = std::min(round, n - begin);
    faiss::RangeSearchResult result(some);
    index.range_search(static_cast<faiss::idx_t>(some), queries + begin * static_cast<std::size_t>(index.d),
                       radius, &result, plan.get());
    budget->Take(result.lims[some]);
    for (std::size_t row = 0; row < some; ++row) {
      auto& hits = (*rows)[begin + row];
      for (std::size_t i = result.lims[row]; i < result.lims[row + 1]; ++i) {
        // FAISS selects before refinement and does not look again.
        if (refines && !Within(index.metric_type, result.distances[i], radius)) continue;
        // Its lists of RaBitQ codes do not ask the selector.
        if (selection && !selection->is_member(result.labels[i])) continue;
        hits.push_back({result.labels[i], result.distances[i]});
      }
    }
  }
}

}  // namespace

void RangeSearchRows(const faiss::Index& index, const IdMap& ids, const Selection* selection, std::size_t n,
                     const float* queries, float radius, const VectorIndex::SearchParameters& parameters,
                     RangeBudget* budget, std::vector<std::vector<RangeHit>>* rows) {
  const FaissLayers layers(const_cast<faiss::Index&>(index));
  const StoredVectors stored(index);
  const std::size_t count = selection ? selection->count() : ids.count();
  if (count == 0) return;
  if (stored.comparable()) {
    const bool exhaustive = !layers.ivf && !layers.hnsw;
    if (exhaustive || (selection && ComparesAllSelected(layers, ids.positions(), count, parameters))) {
      const Selection everything(ids);
      const auto handles = (selection ? selection : &everything)->Handles(ids);
      ScanRows(stored, ids, handles, n, queries, radius, budget, rows);
      return;
    }
  }
  const auto widened = selection ? WidenedParameters(layers, ids.positions(), count, parameters) : parameters;
  const SearchPlan plan(index, widened, 1, selection);
  SearchByFaiss(index, plan, selection, layers.refine != nullptr, n, queries, radius, budget, rows);
}

}  // namespace densenode
