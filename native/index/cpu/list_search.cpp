#include "index/cpu/list_search.h"

#include <faiss/IndexFlat.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "index/candidate_scan.h"
#include "index/flat_scan.h"
#include "index/ranking.h"

namespace densenode::cpu {
namespace {

constexpr float kInfinity = std::numeric_limits<float>::infinity();
// More candidates than this share of the vectors met, and bounds are too coarse for these vectors.
constexpr std::size_t kMostCandidatesShare = 4, kFewCandidates = 1024;

}  // namespace

Probes ProbesOf(const faiss::IndexIVF& index, IndexCodes& codes, std::size_t rows, const float* queries,
                const faiss::SearchParametersIVF& parameters) {
  const std::size_t count = std::min(index.nlist, parameters.nprobe);
  Ranking nearest;
  nearest.Resize(rows, count);
  const auto dimension = static_cast<std::size_t>(index.d);
  if (codes.cells.Wanted(rows) && CandidateScanFits(index.metric_type, dimension, rows, queries, count)) {
    const auto& cells = static_cast<const faiss::IndexFlat&>(*index.quantizer);
    MakeFlatScan(cells.metric_type, dimension, rows, queries, count, true)
        ->Nearest({cells.get_xb(), index.nlist, &codes.cells, 0}, &nearest);
  } else {
    index.quantizer->search(static_cast<faiss::idx_t>(rows), queries, static_cast<faiss::idx_t>(count),
                            nearest.scores.data(), nearest.labels.data(), parameters.quantizer_params);
  }
  return {count, std::move(nearest.labels), std::move(nearest.scores)};
}

ListSearch::ListSearch(bool larger_is_nearer, std::size_t rows, std::size_t k, std::size_t lists,
                       const Probes& probes)
    : probes_(probes),
      larger_is_nearer_(larger_is_nearer),
      rows_(rows),
      k_(k),
      lists_(lists),
      shortlists_(rows),
      met_(rows) {
  for (Shortlist& each : shortlists_) each.Start(k, -kInfinity);
}

// Nearest lists first, as they give the best thresholds.
bool ListSearch::Scan() { return ScanProbes(0, 1) && ScanProbes(1, probes_.count); }

void ListSearch::Results(std::size_t row, float* scores, std::int64_t* labels) {
  constexpr std::size_t kOffsets = (std::size_t{1} << kOffsetBits) - 1;
  found_.clear();
  for (const Candidate& each : shortlists_[row].Left(shortlists_[row].threshold())) {
    const float score = Score(row, each.position >> kOffsetBits, each.position & kOffsets);
    if (std::isnan(score)) continue;  // a hostile file may hold NaN
    found_.emplace_back(larger_is_nearer_ ? -score : score, each.position);
  }
  const std::size_t count = std::min(k_, found_.size());
  std::partial_sort(found_.begin(), found_.begin() + static_cast<std::ptrdiff_t>(count), found_.end());
  for (std::size_t i = 0; i < k_; ++i) {
    const auto [distance, position] = i < count ? found_[i] : std::pair(kInfinity, std::size_t{0});
    scores[i] = larger_is_nearer_ ? -distance : distance;
    labels[i] = i < count ? Label(position >> kOffsetBits, position & kOffsets) : -1;
  }
}

// The probes `first` to `last` of every query, list by list.
bool ListSearch::ScanProbes(std::size_t first, std::size_t last) {
  if (rows_ == 1) {
    for (std::size_t i = first; i < last; ++i) {
      const faiss::idx_t list = probes_.lists[i];
      const Probe only{0, probes_.scores[i]};
      if (list >= 0 && !ScanFor(static_cast<std::size_t>(list), {&only, 1})) return false;
    }
    return true;
  }
  ends_.assign(lists_ + 1, 0);
  const auto for_probes = [&](const auto& take) {
    for (std::size_t row = 0; row < rows_; ++row) {
      for (std::size_t i = first; i < last; ++i) {
        const std::size_t at = row * probes_.count + i;
        const faiss::idx_t list = probes_.lists[at];
        if (list >= 0) take(static_cast<std::size_t>(list), Probe{row, probes_.scores[at]});
      }
    }
  };
  for_probes([&](std::size_t list, const Probe&) { ++ends_[list + 1]; });
  std::partial_sum(ends_.begin(), ends_.end(), ends_.begin());
  of_lists_.resize(ends_.back());
  for_probes([&](std::size_t list, const Probe& probe) { of_lists_[ends_[list]++] = probe; });
  for (std::size_t list = 0, begin = 0; list < lists_; begin = ends_[list++]) {
    if (!ScanFor(list, std::span(of_lists_).subspan(begin, ends_[list] - begin))) return false;
  }
  return true;
}

bool ListSearch::ScanFor(std::size_t list, std::span<const Probe> probes) {
  const std::size_t size = probes.empty() ? 0 : Size(list);
  if (size == 0) return true;
  if (!ScanList(list, probes)) return false;
  for (const auto& [row, score] : probes) {
    met_[row] += size;
    const std::size_t most = kFewCandidates + 4 * k_ + met_[row] / kMostCandidatesShare;
    if (shortlists_[row].size() > most) return false;
  }
  return true;
}

}  // namespace densenode::cpu
