// A FlatScan that compares in bf16 first, on tiles where the CPU has them, and in fp32 only what may be among
// the nearest.
//
// Rounding x to bf16 leaves x' with |x - x'| = r(x), so |q.x - q'.x'| <= r(q) |x| + |q'| r(x): with it every
// bf16 product gives a bound from below and one from above for the score in fp32. The k-th largest bound from
// below is a threshold; a vector whose bound from above misses it cannot be among the k nearest. The rest is
// compared in fp32 by FAISS, so results are those of the search in fp32. For l2 the same with q.x - |x|^2 /
// 2, which ranks as -|q - x|^2 does.
#pragma once

#include <memory>

#include "encoder/cpu/product_kernel.h"
#include "index/flat_scan.h"

namespace densenode {

// Whether the bounds can be computed for these queries, and are worth it.
bool Bf16ScanFits(faiss::MetricType metric, std::size_t dimension, std::size_t rows, const float* queries,
                  std::size_t k);

// Only for what fits.
std::unique_ptr<FlatScan> MakeBf16Scan(const cpu::ProductKernel& kernel, faiss::MetricType metric,
                                       std::size_t dimension, std::size_t rows, const float* queries,
                                       std::size_t k);

}  // namespace densenode
