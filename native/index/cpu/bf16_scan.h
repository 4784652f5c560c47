// A CandidateScan in bf16, on tiles where the CPU has them: it rounds the vectors as it reads them.
#pragma once

#include <memory>

#include "encoder/cpu/product_kernel.h"
#include "index/candidate_scan.h"

namespace densenode {

// Whether it pays for so many queries.
bool Bf16ScanFits(std::size_t rows);

// Only where CandidateScanFits.
std::unique_ptr<FlatScan> MakeBf16Scan(const cpu::ProductKernel& kernel, faiss::MetricType metric,
                                       std::size_t dimension, std::size_t rows, const float* queries,
                                       std::size_t k);

}  // namespace densenode
