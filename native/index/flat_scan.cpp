#include "index/flat_scan.h"

#include <algorithm>

#ifdef __AVX512F__
#include "index/cpu/bf16_scan.h"
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

  void Nearest(const float* vectors, std::size_t count, Ranking* ranking) const override {
    const std::size_t step =
        rows_ == 1 ? count : std::max<std::size_t>(64, kStepBytes / (dimension_ * sizeof(float)));
    Ranking best, next;
    for (std::size_t begin = 0; begin < count; begin += step) {
      const std::size_t some = std::min(step, count - begin);
      next.Resize(rows_, std::min(ranking->k, some));
      RankVectors(metric_, dimension_, rows_, queries_, some, vectors + begin * dimension_, &next);
      for (std::int64_t& label : next.labels) {
        if (label >= 0) label += static_cast<std::int64_t>(begin);
      }
      MergeInto(&best, &next, rows_, ranking->k, faiss::is_similarity_metric(metric_));
    }
    *ranking = std::move(best);
  }

 private:
  const faiss::MetricType metric_;
  const std::size_t dimension_, rows_;
  const float* const queries_;
};

}  // namespace

std::unique_ptr<FlatScan> MakeFlatScan(faiss::MetricType metric, std::size_t dimension, std::size_t rows,
                                       const float* queries, [[maybe_unused]] std::size_t k) {
#ifdef __AVX512F__
  const cpu::ProductKernel* kernel = cpu::BestKernel();
  if (kernel && Bf16ScanFits(metric, dimension, rows, queries, k))
    return MakeBf16Scan(*kernel, metric, dimension, rows, queries, k);
#endif
  return MakeFloatScan(metric, dimension, rows, queries);
}

std::unique_ptr<FlatScan> MakeFloatScan(faiss::MetricType metric, std::size_t dimension, std::size_t rows,
                                        const float* queries) {
  return std::make_unique<FloatScan>(metric, dimension, rows, queries);
}

}  // namespace densenode
