// A FlatScan that first bounds every score, from below and from above, with products of rounded values, and
// then lets FAISS compare in fp32 only what may be among the nearest: results are those of the search in
// fp32.
//
// Rounding x to x' leaves r(x) = |x - x'|, so |q.x - q'.x'| <= r(q) |x| + |q'| r(x). For l2 the same with q.x
// - |x|^2 / 2, which ranks as -|q - x|^2 does.
#pragma once

#include <atomic>
#include <cstddef>
#include <memory>
#include <mutex>
#include <span>
#include <vector>

#include "index/flat_scan.h"
#include "index/shortlist.h"

namespace densenode {

// Whether the bounds hold for these queries.
bool CandidateScanFits(faiss::MetricType metric, std::size_t dimension, std::size_t rows,
                       const float* queries, std::size_t k);

// Outside of these norms values that products take for zero, or overflows, are no longer negligible: such
// vectors are always compared in fp32, such queries have no bounds.
constexpr float kLeastPlainNorm = 1e-12F, kMostPlainNorm = 1e15F;
inline bool HasPlainNorm(float norm) { return norm >= kLeastPlainNorm && norm <= kMostPlainNorm; }

// More than the rounding of the sums of squares that lengths are taken from.
constexpr float kLengthsUp = 1.001F;

// What products with fp32 or exact sums and FAISS's own may be off together, as a share of (|q| + |x|)^2,
// which is at most 2 |q|^2 + 2 |x|^2.
inline float SumError(std::size_t dimension) { return static_cast<float>(2 * dimension + 64) * 0x1p-24F; }

class CandidateScan : public FlatScan {
 public:
  CandidateScan(faiss::MetricType metric, std::size_t dimension, std::size_t rows, const float* queries,
                std::size_t k);

  void Nearest(const FlatRange& range, Ranking* ranking) const override;

 protected:
  // Adds what may be among the nearest to the shortlists, one for each query; false to leave this range, and
  // those after it, to Exact().
  virtual bool Scan(const FlatRange& range, std::span<Shortlist> shortlists) const = 0;
  // Whether Scan leaves out what the selector of a range does not take.
  virtual bool selects() const { return false; }
  // For ranges that Scan refuses.
  virtual std::unique_ptr<FlatScan> Exact() const = 0;

  const faiss::MetricType metric_;
  const bool inner_product_;
  const std::size_t dimension_, rows_;
  const float* const queries_;
  const std::size_t k_;

 private:
  float Score(const float* query, const float* vector) const;
  float Publish(std::size_t query, float threshold) const;
  const FlatScan& exact() const;

  mutable std::vector<std::atomic<float>> thresholds_;  // of each query, over all ranges so far
  mutable std::atomic<bool> refused_{false};
  mutable std::once_flag exact_made_;
  mutable std::unique_ptr<FlatScan> exact_;
};

}  // namespace densenode
