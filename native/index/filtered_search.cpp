#include "index/filtered_search.h"

#include <faiss/IndexIVFFlat.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "index/coded_search.h"
#include "index/vectors.h"

namespace densenode {
namespace {

constexpr double kMostCandidates = 1 << 20;
// How much longer than the comparison of two vectors it takes to decode one and to compare it.
constexpr double kDecoding = 4;

// Comparing all is exact, and does so for many queries at once: worth so many times the work.
constexpr double kWorthOfExactness = 2;

double ValueOr(const VectorIndex::SearchParameters& parameters, const char* name, double otherwise) {
  const auto found = parameters.find(name);
  return found == parameters.end() ? otherwise : found->second;
}

double Candidates(const FaissLayers& layers, std::size_t positions, std::size_t selected,
                  const VectorIndex::SearchParameters& parameters) {
  return ValueOr(parameters, "efSearch", layers.hnsw->hnsw.efSearch) * static_cast<double>(positions) /
         static_cast<double>(selected);
}

}  // namespace

bool ComparesAllSelected(const FaissLayers& layers, std::size_t positions, std::size_t selected,
                         const VectorIndex::SearchParameters& parameters) {
  auto few = static_cast<double>(selected);
  if (layers.ivf) {
    const bool floats = layers.refine || dynamic_cast<const faiss::IndexIVFFlat*>(layers.ivf);
    if (!floats) few *= kDecoding;
    const auto lists = static_cast<double>(layers.ivf->nlist);
    const double probes = ValueOr(parameters, "nprobe", static_cast<double>(layers.ivf->nprobe));
    return few <= kWorthOfExactness * (lists + static_cast<double>(positions) * probes / lists);
  }
  if (layers.hnsw) {
    // Each candidate is compared with its neighbours, about half of which were met before.
    return few <= Candidates(layers, positions, selected, parameters) * layers.hnsw->hnsw.nb_neighbors(0) / 2;
  }
  return true;
}

VectorIndex::SearchParameters WidenedParameters(const FaissLayers& layers, std::size_t positions,
                                                std::size_t selected,
                                                const VectorIndex::SearchParameters& parameters) {
  auto widened = parameters;
  if (layers.hnsw) {
    const double candidates = Candidates(layers, positions, selected, parameters);
    widened["efSearch"] = std::ceil(std::min({candidates, static_cast<double>(positions), kMostCandidates}));
  }
  return widened;
}

FilteredSearch::FilteredSearch(const faiss::Index& index, IndexCodes& codes, const IdMap& ids,
                               const Selection& selection, const VectorIndex::SearchParameters& parameters,
                               std::size_t k)
    : index_(index),
      codes_(codes),
      ids_(ids),
      selection_(selection),
      layers_(const_cast<faiss::Index&>(index)),
      stored_(index),
      parameters_(parameters),
      k_(k) {
  const std::size_t positions = ids.positions(), selected = selection.count();
  if (stored_.comparable() && ComparesAllSelected(layers_, positions, selected, parameters)) return;
  plan_ = std::make_unique<SearchPlan>(index, WidenedParameters(layers_, positions, selected, parameters), k,
                                       &selection);
}

void FilteredSearch::Run(std::size_t rows, const float* queries, std::int64_t* labels, float* scores) {
  if (!plan_) return RunExactly(rows, queries, labels, scores);
  SearchIndex(index_, codes_, rows, queries, k_, plan_->get(), scores, labels);
  CompleteShortRows(rows, queries, labels, scores);
}

void FilteredSearch::RunExactly(std::size_t rows, const float* queries, std::int64_t* labels, float* scores) {
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
