#include "index/cpu/list_scan.h"

#include <faiss/IndexFlat.h>
#include <faiss/impl/AuxIndexStructures.h>
#include <faiss/utils/distances.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <span>
#include <utility>
#include <vector>

#include "encoder/cpu/kernel_scope.h"
#include "index/candidate_scan.h"
#include "index/cpu/panel_scan.h"
#include "index/flat_scan.h"
#include "index/ranking.h"

namespace densenode::cpu {
namespace {

constexpr float kInfinity = std::numeric_limits<float>::infinity();
// Queries that are compared with a list at once: two tiles.
constexpr std::size_t kQueriesAtOnce = 32;
// More candidates than this share of the vectors met, and the codes are too coarse for these vectors.
constexpr std::size_t kMostCandidatesShare = 4, kFewCandidates = 1024;

// A position in all lists.
constexpr int kOffsetBits = 32;
std::size_t PositionOf(std::size_t list, std::size_t offset) { return list << kOffsetBits | offset; }

class ListSearch {
 public:
  ListSearch(const faiss::IndexIVFFlat& index, ScanCodes& codes, std::size_t rows, const float* queries,
             std::size_t k, const faiss::IDSelector* selector)
      : index_(index),
        codes_(codes),
        rows_(rows),
        queries_(queries),
        k_(k),
        selector_(selector),
        dimension_(static_cast<std::size_t>(index.d)),
        inner_product_(index.metric_type == faiss::METRIC_INNER_PRODUCT),
        scan_(dimension_, kQueriesAtOnce),
        query_codes_(rows * scan_.layout().padded),
        shortlists_(rows),
        met_(rows) {
    std::fill_n(query_codes_.data(), query_codes_.size(), std::int8_t{0});
    coded_.reserve(rows);
    for (std::size_t i = 0; i < rows; ++i) {
      coded_.emplace_back(queries + i * dimension_, dimension_,
                          query_codes_.data() + i * scan_.layout().padded);
      shortlists_[i].Start(k, -kInfinity);
    }
  }

  // False as SearchLists. `lists`: rows x nprobe, the nearest first.
  bool Scan(const std::vector<faiss::idx_t>& lists, std::size_t nprobe) {
    // Nearest lists first, as they give the best thresholds.
    return ScanProbes(lists, nprobe, 0, 1) && ScanProbes(lists, nprobe, 1, nprobe);
  }

  void Results(std::size_t row, float* scores, std::int64_t* labels) {
    found_.clear();
    const float* const query = queries_ + row * dimension_;
    Shortlist& shortlist = shortlists_[row];
    for (const Candidate& each : shortlist.Left(shortlist.threshold())) {
      const std::size_t list = each.position >> kOffsetBits;
      const std::size_t offset = each.position & ((std::size_t{1} << kOffsetBits) - 1);
      const float* const vector = Vectors(list) + offset * dimension_;
      const float distance = inner_product_ ? -faiss::fvec_inner_product(query, vector, dimension_)
                                            : faiss::fvec_L2sqr(query, vector, dimension_);
      if (!std::isnan(distance)) found_.emplace_back(distance, each.position);  // a hostile file may hold NaN
    }
    const std::size_t count = std::min(k_, found_.size());
    std::partial_sort(found_.begin(), found_.begin() + static_cast<std::ptrdiff_t>(count), found_.end());
    for (std::size_t i = 0; i < k_; ++i) {
      scores[i] = i >= count       ? (inner_product_ ? -kInfinity : kInfinity)
                  : inner_product_ ? -found_[i].first
                                   : found_[i].first;
      labels[i] = i < count ? LabelOf(found_[i].second) : -1;
    }
  }

 private:
  const float* Vectors(std::size_t list) const {
    return reinterpret_cast<const float*>(index_.invlists->get_codes(list));
  }
  std::int64_t LabelOf(std::size_t position) const {
    const std::size_t list = position >> kOffsetBits;
    return index_.invlists->get_ids(list)[position & ((std::size_t{1} << kOffsetBits) - 1)];
  }

  // The probes `first` to `last` of every query, list by list.
  bool ScanProbes(const std::vector<faiss::idx_t>& lists, std::size_t nprobe, std::size_t first,
                  std::size_t last) {
    if (rows_ == 1) {
      const std::size_t only = 0;
      for (std::size_t i = first; i < last; ++i) {
        if (lists[i] >= 0 && !ScanList(static_cast<std::size_t>(lists[i]), {&only, 1})) return false;
      }
      return true;
    }
    ends_.assign(index_.nlist + 1, 0);
    const auto for_probes = [&](const auto& take) {
      for (std::size_t row = 0; row < rows_; ++row) {
        for (std::size_t i = first; i < last; ++i) {
          const faiss::idx_t list = lists[row * nprobe + i];
          if (list >= 0) take(static_cast<std::size_t>(list), row);  // FAISS may find less than nprobe
        }
      }
    };
    for_probes([&](std::size_t list, std::size_t) { ++ends_[list + 1]; });
    std::partial_sum(ends_.begin(), ends_.end(), ends_.begin());
    of_lists_.resize(ends_.back());
    for_probes([&](std::size_t list, std::size_t row) { of_lists_[ends_[list]++] = row; });
    for (std::size_t list = 0, begin = 0; list < index_.nlist; begin = ends_[list++]) {
      if (!ScanList(list, std::span(of_lists_).subspan(begin, ends_[list] - begin))) return false;
    }
    return true;
  }

  bool ScanList(std::size_t list, std::span<const std::size_t> rows) {
    const std::size_t count = rows.empty() ? 0 : index_.invlists->list_size(list);
    if (count == 0) return true;
    const CodeLayout& layout = scan_.layout();
    const std::uint8_t* const panels = codes_.Part(list, count, layout.bytes(count), [&](std::uint8_t* out) {
      CodeVectors(layout, index_.metric_type, Vectors(list), count, out);
    });
    if (!panels) return false;
    const Selected selected{selector_, -static_cast<std::int64_t>(PositionOf(list, 0)),
                            index_.invlists->get_ids(list)};
    for (std::size_t begin = 0; begin < rows.size(); begin += kQueriesAtOnce) {
      const auto some = rows.subspan(begin, std::min(kQueriesAtOnce, rows.size() - begin));
      Shortlist* shortlists[kQueriesAtOnce];
      for (std::size_t i = 0; i < some.size(); ++i) {
        scan_.Set(i, coded_[some[i]]);
        shortlists[i] = &shortlists_[some[i]];
      }
      const ByteKernel& kernel = *BestByteKernel(some.size());
      const KernelScope scope(kernel);
      const std::uint8_t* panel = panels;
      for (std::size_t i = 0; i < count; i += kPanelVectors, panel += layout.panel_bytes()) {
        scan_.Scan(kernel, panel, PositionOf(list, i), std::min(kPanelVectors, count - i),
                   selector_ ? &selected : nullptr, some.size(), shortlists);
      }
    }
    for (const std::size_t row : rows) {
      met_[row] += count;
      const std::size_t most = kFewCandidates + 4 * k_ + met_[row] / kMostCandidatesShare;
      if (shortlists_[row].size() > most) return false;
    }
    return true;
  }

  const faiss::IndexIVFFlat& index_;
  ScanCodes& codes_;
  const std::size_t rows_;
  const float* const queries_;
  const std::size_t k_;
  const faiss::IDSelector* const selector_;
  const std::size_t dimension_;
  const bool inner_product_;
  PanelScan scan_;
  AlignedBuffer<std::int8_t> query_codes_;
  std::vector<CodedQuery> coded_;
  std::vector<Shortlist> shortlists_;
  std::vector<std::size_t> met_;              // vectors, by each query
  std::vector<std::size_t> ends_, of_lists_;  // which queries probe a list
  std::vector<std::pair<float, std::size_t>> found_;
};

// The nprobe nearest lists of each query, the nearest first; -1 where FAISS finds fewer.
std::vector<faiss::idx_t> Probes(const faiss::IndexIVFFlat& index, IndexCodes& codes, std::size_t rows,
                                 const float* queries, std::size_t nprobe,
                                 const faiss::SearchParameters* parameters) {
  Ranking nearest;
  nearest.Resize(rows, nprobe);
  const auto dimension = static_cast<std::size_t>(index.d);
  if (codes.cells.Wanted(rows) && CandidateScanFits(index.metric_type, dimension, rows, queries, nprobe)) {
    const auto& cells = static_cast<const faiss::IndexFlat&>(*index.quantizer);
    MakeFlatScan(cells.metric_type, dimension, rows, queries, nprobe, true)
        ->Nearest({cells.get_xb(), index.nlist, &codes.cells, 0}, &nearest);
  } else {
    index.quantizer->search(static_cast<faiss::idx_t>(rows), queries, static_cast<faiss::idx_t>(nprobe),
                            nearest.scores.data(), nearest.labels.data(), parameters);
  }
  return std::move(nearest.labels);
}

}  // namespace

bool SearchLists(const faiss::IndexIVFFlat& index, IndexCodes& codes, std::size_t rows, const float* queries,
                 std::size_t k, const faiss::SearchParametersIVF& parameters, float* scores,
                 std::int64_t* labels) {
  const auto dimension = static_cast<std::size_t>(index.d);
  if (!CandidateScanFits(index.metric_type, dimension, rows, queries, k)) return false;
  const std::size_t nprobe = std::min(index.nlist, parameters.nprobe);
  ListSearch search(index, codes.scan, rows, queries, k, parameters.sel);
  if (!search.Scan(Probes(index, codes, rows, queries, nprobe, parameters.quantizer_params), nprobe))
    return false;
  for (std::size_t row = 0; row < rows; ++row) search.Results(row, scores + row * k, labels + row * k);
  faiss::InterruptCallback::check();
  return true;
}

}  // namespace densenode::cpu
