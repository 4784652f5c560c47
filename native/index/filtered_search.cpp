#include "index/filtered_search.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "index/vectors.h"

namespace densenode {
namespace {

constexpr double kMostCandidates = 1 << 20;

double ValueOr(const VectorIndex::SearchParameters& parameters, const char* name, double otherwise) {
  const auto found = parameters.find(name);
  return found == parameters.end() ? otherwise : found->second;
}

}  // namespace

FilteredSearch::FilteredSearch(const faiss::Index& index, const IdMap& ids, const Selection& selection,
                               const VectorIndex::SearchParameters& parameters, std::size_t k)
    : index_(index),
      ids_(ids),
      selection_(selection),
      layers_(const_cast<faiss::Index&>(index)),
      stored_(index),
      parameters_(parameters),
      k_(k) {
  if (stored_.comparable() && FewerThanAnyway()) return;
  auto widened = parameters_;
  if (layers_.hnsw) {
    const auto all = static_cast<double>(ids.positions());
    const double candidates = ValueOr(parameters_, "efSearch", layers_.hnsw->hnsw.efSearch) * all /
                              static_cast<double>(selection.count());
    widened["efSearch"] = std::ceil(std::min({candidates, all, kMostCandidates}));
  }
  plan_ = std::make_unique<SearchPlan>(index, widened, k, &selection);
}

// Whether comparing all selected vectors is no more work than the search of the family.
bool FilteredSearch::FewerThanAnyway() const {
  const auto all = static_cast<double>(ids_.positions());
  const auto selected = static_cast<double>(selection_.count());
  if (layers_.ivf) {
    const auto lists = static_cast<double>(layers_.ivf->nlist);
    const double probes = ValueOr(parameters_, "nprobe", static_cast<double>(layers_.ivf->nprobe));
    return selected <= lists + all * probes / lists;
  }
  if (layers_.hnsw) {
    // Each candidate is compared with its neighbours, about half of which were met before.
    const double candidates = ValueOr(parameters_, "efSearch", layers_.hnsw->hnsw.efSearch) * all / selected;
    return selected <= candidates * layers_.hnsw->hnsw.nb_neighbors(0) / 2;
  }
  return true;
}

void FilteredSearch::Run(std::size_t rows, const float* queries, std::int64_t* labels, float* scores) {
  if (!plan_) return RunExactly(rows, queries, labels, scores);
  index_.search(static_cast<faiss::idx_t>(rows), queries, static_cast<faiss::idx_t>(k_), scores, labels,
                plan_->get());
  CompleteShortRows(rows, queries, labels, scores);
}

void FilteredSearch::RunExactly(std::size_t rows, const float* queries, std::int64_t* labels,
                                float* scores) {
  if (!stored_.comparable()) {
    auto all = parameters_;
    if (layers_.ivf) {
      all["nprobe"] = static_cast<double>(layers_.ivf->nlist);
      all["max_codes"] = 0;
    }
    const SearchPlan plan(index_, all, k_, &selection_);
    return index_.search(static_cast<faiss::idx_t>(rows), queries, static_cast<faiss::idx_t>(k_), scores,
                         labels, plan.get());
  }
  if (handles_.empty()) handles_ = selection_.Handles(ids_);
  ExactSearch(stored_, handles_, rows, queries, k_, labels, scores);
  if (ids_.mode() != IdMap::Mode::kStored) return;
  for (std::size_t i = 0; i < rows * k_; ++i) {
    if (labels[i] >= 0) labels[i] = ids_.IdAt(labels[i]);
  }
}

void FilteredSearch::CompleteShortRows(std::size_t rows, const float* queries, std::int64_t* labels,
                                       float* scores) {
  std::vector<std::size_t> short_rows;
  for (std::size_t row = 0; row < rows; ++row) {
    if (labels[(row + 1) * k_ - 1] < 0) short_rows.push_back(row);
  }
  if (short_rows.empty()) return;
  const auto d = static_cast<std::size_t>(index_.d);
  const auto some_queries = FloatBuffer(short_rows.size() * d);
  for (std::size_t i = 0; i < short_rows.size(); ++i) {
    std::copy_n(queries + short_rows[i] * d, d, some_queries.get() + i * d);
  }
  std::vector<std::int64_t> found(short_rows.size() * k_);
  std::vector<float> its_scores(found.size());
  RunExactly(short_rows.size(), some_queries.get(), found.data(), its_scores.data());
  for (std::size_t i = 0; i < short_rows.size(); ++i) {
    std::copy_n(found.data() + i * k_, k_, labels + short_rows[i] * k_);
    std::copy_n(its_scores.data() + i * k_, k_, scores + short_rows[i] * k_);
  }
}

}  // namespace densenode
