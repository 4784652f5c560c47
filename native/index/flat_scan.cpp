#include "index/flat_scan.h"

#include <algorithm>
#include <vector>

#ifdef __AVX512F__
#include "index/cpu/bf16_scan.h"
#include "index/cpu/byte_codes.h"
#include "index/cpu/byte_scan.h"
#endif

namespace densenode {
namespace {

// Vectors of one step: they stay in the second cache while every query is compared with them.
constexpr std::size_t kStepBytes = std::size_t{512} << 10;

// By FAISS, in fp32.
class FloatScan : public FlatScan {
 public:
  FloatScan(faiss::MetricType metric, std::size_t dimension, std::size_t rows, const float* queries)
      : metric_(metric), dimension_(dimension), rows_(rows), queries_(queries) {}

  void Nearest(const FlatRange& range, Ranking* ranking) const override {
    const std::size_t step = rows_ == 1 && !range.selector
                                 ? range.count
                                 : std::max<std::size_t>(64, kStepBytes / (dimension_ * sizeof(float)));
    Ranking best, next;
    std::vector<std::int64_t> selected;
    std::vector<float> copies;
    for (std::size_t begin = 0; begin < range.count; begin += step) {
      const float* vectors = range.vectors + begin * dimension_;
      std::size_t some = std::min(step, range.count - begin);
      if (range.selector) {
        Select(range, begin, some, &selected, &copies);
        vectors = copies.data();
        some = selected.size();
        if (some == 0) continue;
      }
      next.Resize(rows_, std::min(ranking->k, some));
      RankVectors(metric_, dimension_, rows_, queries_, some, vectors, &next);
      for (std::int64_t& label : next.labels) {
        if (label < 0) continue;
        label = range.selector ? selected[static_cast<std::size_t>(label)]
                               : label + static_cast<std::int64_t>(begin);
      }
      MergeInto(&best, &next, rows_, ranking->k, faiss::is_similarity_metric(metric_));
    }
    *ranking = std::move(best);
  }

 private:
  // Copies those of `count` vectors from `begin` on that are selected.
  void Select(const FlatRange& range, std::size_t begin, std::size_t count,
              std::vector<std::int64_t>* selected, std::vector<float>* copies) const {
    selected->clear();
    copies->clear();
    for (std::size_t i = begin; i < begin + count; ++i) {
      if (!range.selector->is_member(static_cast<faiss::idx_t>(range.first + i))) continue;
      selected->push_back(static_cast<std::int64_t>(i));
      const float* const vector = range.vectors + i * dimension_;
      copies->insert(copies->end(), vector, vector + dimension_);
    }
  }

  const faiss::MetricType metric_;
  const std::size_t dimension_, rows_;
  const float* const queries_;
};

}  // namespace

bool UsesScanCodes([[maybe_unused]] faiss::MetricType metric, [[maybe_unused]] std::size_t dimension) {
#ifdef __AVX512F__
  return cpu::BestByteKernel(1) && HasScanCodes(metric, dimension);
#else
  return false;
#endif
}

std::size_t ScanCodeBytes([[maybe_unused]] faiss::MetricType metric, [[maybe_unused]] std::size_t dimension,
                          [[maybe_unused]] std::size_t count) {
#ifdef __AVX512F__
  if (UsesScanCodes(metric, dimension)) return cpu::CodeLayout(dimension).bytes(count);
#endif
  return 0;
}

std::unique_ptr<FlatScan> MakeFlatScan(faiss::MetricType metric, std::size_t dimension, std::size_t rows,
                                       const float* queries, [[maybe_unused]] std::size_t k,
                                       [[maybe_unused]] bool coded) {
#ifdef __AVX512F__
  const cpu::ProductKernel* bf16 = Bf16ScanFits(rows) ? cpu::BestKernel() : nullptr;
  if ((coded || bf16) && CandidateScanFits(metric, dimension, rows, queries, k)) {
    if (coded) return MakeByteScan(*cpu::BestByteKernel(rows), metric, dimension, rows, queries, k);
    return MakeBf16Scan(*bf16, metric, dimension, rows, queries, k);
  }
#endif
  return MakeFloatScan(metric, dimension, rows, queries);
}

std::unique_ptr<FlatScan> MakeFloatScan(faiss::MetricType metric, std::size_t dimension, std::size_t rows,
                                        const float* queries) {
  return std::make_unique<FloatScan>(metric, dimension, rows, queries);
}

}  // namespace densenode
