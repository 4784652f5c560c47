// Search among a part of the vectors of an index.
#pragma once

#include <faiss/Index.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "index/exact_search.h"
#include "index/filter_selection.h"
#include "index/id_map.h"
#include "index/index_codes.h"
#include "index/search_plan.h"
#include "index/vector_index.h"

namespace densenode {

// Whether comparing all selected vectors is no more work than the search of the family, or little more.
// `positions`: vectors in FAISS.
bool ComparesAllSelected(const FaissLayers& layers, std::size_t positions, std::size_t selected,
                         const VectorIndex::SearchParameters& parameters);
// Parameters of a search with a selector (FilteredSearch).
VectorIndex::SearchParameters WidenedParameters(const FaissLayers& layers, std::size_t positions,
                                                std::size_t selected,
                                                const VectorIndex::SearchParameters& parameters);

// Few vectors are all compared; among many FAISS searches with a selector. HNSW then looks at as many more
// candidates as there are vectors for each selected one, so that efSearch counts selected ones. Rows that
// stay short of k are answered exactly: k results come where they exist.
//
// For the life of one call, under the lock of the index.
class FilteredSearch {
 public:
  // `parameters` checked before; `k` is at most the selection's count, and not 0.
  FilteredSearch(const faiss::Index& index, IndexCodes& codes, const IdMap& ids, const Selection& selection,
                 const VectorIndex::SearchParameters& parameters, std::size_t k);

  // As SearchPlan::width.
  std::size_t width() const { return plan_ ? plan_->width() : k_; }
  // rows x k labels and scores, best first.
  void Run(std::size_t rows, const float* queries, std::int64_t* labels, float* scores);

 private:
  void RunExactly(std::size_t rows, const float* queries, std::int64_t* labels, float* scores);
  void CompleteShortRows(std::size_t rows, const float* queries, std::int64_t* labels, float* scores);

  const faiss::Index& index_;
  IndexCodes& codes_;
  const IdMap& ids_;
  const Selection& selection_;
  const FaissLayers layers_;
  const StoredVectors stored_;
  const VectorIndex::SearchParameters parameters_;
  const std::size_t k_;
  std::unique_ptr<SearchPlan> plan_;   // null: exactly
  std::vector<std::int64_t> handles_;  // of the selection, once they were needed
};

}  // namespace densenode
