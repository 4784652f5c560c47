#include "index/refined_search.h"

#include <faiss/impl/DistanceComputer.h>
#include <faiss/utils/Heap.h>

#include <memory>
#include <vector>

#include "index/coded_search.h"

namespace densenode {
namespace {

// Of `width` candidates, by heaps as FAISS's, for the same order of equal scores.
template <typename Comparison>
void TakeNearest(std::size_t k, std::size_t width, const float* candidate_scores,
                 const std::int64_t* candidates, float* scores, std::int64_t* labels) {
  faiss::heap_heapify<Comparison>(k, scores, labels, candidate_scores, candidates, k);
  if (width > k)
    faiss::heap_addn<Comparison>(k, scores, labels, candidate_scores + k, candidates + k, width - k);
  faiss::heap_reorder<Comparison>(k, scores, labels);
}

}  // namespace

void SearchRefined(const faiss::IndexRefine& index, IndexCodes& codes, std::size_t rows, const float* queries,
                   std::size_t k, const faiss::IndexRefineSearchParameters& parameters, float* scores,
                   std::int64_t* labels) {
  const auto width = static_cast<std::size_t>(static_cast<float>(k) * parameters.k_factor);
  std::vector<float> all_scores(rows * width);
  std::vector<std::int64_t> all_labels(rows * width);
  SearchIndex(*index.base_index, codes, rows, queries, width, parameters.base_index_params, all_scores.data(),
              all_labels.data());
  const std::unique_ptr<faiss::DistanceComputer> distance(index.refine_index->get_distance_computer());
  const auto dimension = static_cast<std::size_t>(index.d);
  const auto take = index.metric_type == faiss::METRIC_L2 ? TakeNearest<faiss::CMax<float, std::int64_t>>
                                                          : TakeNearest<faiss::CMin<float, std::int64_t>>;
  for (std::size_t row = 0; row < rows; ++row) {
    const std::int64_t* const candidates = all_labels.data() + row * width;
    float* const of_row = all_scores.data() + row * width;
    distance->set_query(queries + row * dimension);
    for (std::size_t i = 0; i < width && candidates[i] >= 0; ++i) of_row[i] = (*distance)(candidates[i]);
    take(k, width, of_row, candidates, scores + row * k, labels + row * k);
  }
}

}  // namespace densenode
