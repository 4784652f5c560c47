#include "index/cpu/byte_scan.h"

#include <algorithm>
#include <span>
#include <vector>

#include "common/aligned_buffer.h"
#include "encoder/cpu/kernel_scope.h"
#include "index/cpu/byte_codes.h"
#include "index/cpu/panel_scan.h"

namespace densenode {
namespace {

using cpu::kPanelVectors;

// More candidates than this share of the vectors, and the codes are too coarse for these vectors: comparing
// candidates one by one takes longer than what the codes saved.
constexpr std::size_t kMostCandidatesShare = 16;

class ByteScan : public CandidateScan {
 public:
  ByteScan(const cpu::ByteKernel& kernel, faiss::MetricType metric, std::size_t dimension, std::size_t rows,
           const float* queries, std::size_t k)
      : CandidateScan(metric, dimension, rows, queries, k), kernel_(kernel), scan_(dimension, rows) {
    std::vector<std::int8_t> codes(scan_.layout().padded);
    for (std::size_t i = 0; i < rows; ++i) {
      scan_.Set(i, cpu::CodedQuery(queries + i * dimension, dimension, codes.data()));
    }
  }

 protected:
  bool Scan(const FlatRange& range, std::span<Shortlist> shortlists) const override {
    std::vector<Shortlist*> of_rows(rows_);
    for (std::size_t i = 0; i < rows_; ++i) of_rows[i] = &shortlists[i];
    const cpu::CodeLayout& layout = scan_.layout();
    const cpu::Selected selected{range.selector, static_cast<std::int64_t>(range.first), nullptr};
    const std::size_t most = rows_ * (256 + 4 * k_ + range.count / kMostCandidatesShare);
    for (std::size_t begin = 0; begin < range.count; begin += ScanCodes::kChunk) {
      const std::size_t count = std::min(ScanCodes::kChunk, range.count - begin);
      const float* const vectors = range.vectors + begin * dimension_;
      const std::uint8_t* panel = range.codes->Part(
          (range.first + begin) / ScanCodes::kChunk, count, layout.bytes(count),
          [&](std::uint8_t* out) { cpu::CodeVectors(layout, metric_, vectors, count, out); });
      if (!panel) return false;
      const cpu::KernelScope scope(kernel_);
      for (std::size_t i = 0; i < count; i += kPanelVectors, panel += layout.panel_bytes()) {
        scan_.Scan(kernel_, panel, begin + i, std::min(kPanelVectors, count - i),
                   range.selector ? &selected : nullptr, rows_, of_rows.data());
      }
      std::size_t candidates = 0;
      for (const Shortlist& each : shortlists) candidates += each.size();
      if (candidates > most) return false;
    }
    return true;
  }

  bool selects() const override { return true; }

  std::unique_ptr<FlatScan> Exact() const override {
    return MakeFlatScan(metric_, dimension_, rows_, queries_, k_, false);
  }

 private:
  const cpu::ByteKernel& kernel_;
  cpu::PanelScan scan_;
};

}  // namespace

bool HasScanCodes(faiss::MetricType metric, std::size_t dimension) {
  // Shorter vectors are padded to nearly what they take in fp32.
  constexpr std::size_t kLeastDimension = 64, kMostDimension = 32768;
  return (metric == faiss::METRIC_INNER_PRODUCT || metric == faiss::METRIC_L2) &&
         dimension >= kLeastDimension && dimension <= kMostDimension;
}

std::unique_ptr<FlatScan> MakeByteScan(const cpu::ByteKernel& kernel, faiss::MetricType metric,
                                       std::size_t dimension, std::size_t rows, const float* queries,
                                       std::size_t k) {
  return std::make_unique<ByteScan>(kernel, metric, dimension, rows, queries, k);
}

}  // namespace densenode
