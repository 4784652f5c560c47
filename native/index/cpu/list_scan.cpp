#include "index/cpu/list_scan.h"

#include <faiss/impl/AuxIndexStructures.h>
#include <faiss/utils/distances.h>

#include <algorithm>
#include <span>
#include <vector>

#include "common/aligned_buffer.h"
#include "encoder/cpu/kernel_scope.h"
#include "index/candidate_scan.h"
#include "index/cpu/list_search.h"
#include "index/cpu/panel_scan.h"

namespace densenode::cpu {
namespace {

// Queries that are compared with a list at once: two tiles.
constexpr std::size_t kQueriesAtOnce = 32;

class VectorLists : public ListSearch {
 public:
  VectorLists(const faiss::IndexIVFFlat& index, ScanCodes& codes, std::size_t rows, const float* queries,
              std::size_t k, const faiss::IDSelector* selector, const Probes& probes)
      : ListSearch(index.metric_type == faiss::METRIC_INNER_PRODUCT, rows, k, index.nlist, probes),
        index_(index),
        codes_(codes),
        queries_(queries),
        selector_(selector),
        dimension_(static_cast<std::size_t>(index.d)),
        scan_(dimension_, kQueriesAtOnce),
        query_codes_(rows * scan_.layout().padded) {
    std::fill_n(query_codes_.data(), query_codes_.size(), std::int8_t{0});
    coded_.reserve(rows);
    for (std::size_t i = 0; i < rows; ++i) {
      coded_.emplace_back(queries + i * dimension_, dimension_,
                          query_codes_.data() + i * scan_.layout().padded);
    }
  }

 protected:
  std::size_t Size(std::size_t list) const override { return index_.invlists->list_size(list); }
  std::int64_t Label(std::size_t list, std::size_t offset) const override {
    return index_.invlists->get_ids(list)[offset];
  }
  float Score(std::size_t row, std::size_t list, std::size_t offset) override {
    const float *const query = queries_ + row * dimension_, *const vector =
                                                                Vectors(list) + offset * dimension_;
    return index_.metric_type == faiss::METRIC_INNER_PRODUCT
               ? faiss::fvec_inner_product(query, vector, dimension_)
               : faiss::fvec_L2sqr(query, vector, dimension_);
  }

  bool ScanList(std::size_t list, std::span<const Probe> probes) override {
    const std::size_t count = Size(list);
    const CodeLayout& layout = scan_.layout();
    const std::uint8_t* const panels = codes_.Part(list, count, layout.bytes(count), [&](std::uint8_t* out) {
      CodeVectors(layout, index_.metric_type, Vectors(list), count, out);
    });
    if (!panels) return false;
    const Selected selected{selector_, -static_cast<std::int64_t>(PositionOf(list, 0)),
                            index_.invlists->get_ids(list)};
    for (std::size_t begin = 0; begin < probes.size(); begin += kQueriesAtOnce) {
      const auto some = probes.subspan(begin, std::min(kQueriesAtOnce, probes.size() - begin));
      Shortlist* shortlists[kQueriesAtOnce];
      for (std::size_t i = 0; i < some.size(); ++i) {
        scan_.Set(i, coded_[some[i].row]);
        shortlists[i] = &shortlist(some[i].row);
      }
      const ByteKernel& kernel = *BestByteKernel(some.size());
      const KernelScope scope(kernel);
      const std::uint8_t* panel = panels;
      for (std::size_t i = 0; i < count; i += kPanelVectors, panel += layout.panel_bytes()) {
        scan_.Scan(kernel, panel, PositionOf(list, i), std::min(kPanelVectors, count - i),
                   selector_ ? &selected : nullptr, some.size(), shortlists);
      }
    }
    return true;
  }

 private:
  const float* Vectors(std::size_t list) const {
    return reinterpret_cast<const float*>(index_.invlists->get_codes(list));
  }

  const faiss::IndexIVFFlat& index_;
  ScanCodes& codes_;
  const float* const queries_;
  const faiss::IDSelector* const selector_;
  const std::size_t dimension_;
  PanelScan scan_;
  AlignedBuffer<std::int8_t> query_codes_;
  std::vector<CodedQuery> coded_;
};

}  // namespace

bool SearchLists(const faiss::IndexIVFFlat& index, IndexCodes& codes, std::size_t rows, const float* queries,
                 std::size_t k, const faiss::SearchParametersIVF& parameters, float* scores,
                 std::int64_t* labels) {
  if (!CandidateScanFits(index.metric_type, static_cast<std::size_t>(index.d), rows, queries, k))
    return false;
  const Probes probes = ProbesOf(index, codes, rows, queries, parameters);
  VectorLists lists(index, codes.scan, rows, queries, k, parameters.sel, probes);
  if (!lists.Scan()) return false;
  for (std::size_t row = 0; row < rows; ++row) lists.Results(row, scores + row * k, labels + row * k);
  faiss::InterruptCallback::check();
  return true;
}

}  // namespace densenode::cpu
