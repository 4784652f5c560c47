// A CandidateScan over one byte for each value: x' = s (c - 128) with the scale s = max |x| / 127 of each
// vector and codes c of 1 to 255; queries likewise. Products are whole numbers, without an error of their
// own.
#pragma once

#include <memory>

#include "index/candidate_scan.h"
#include "index/cpu/byte_kernel.h"

namespace densenode {

// Whether the codes of such vectors take few enough bytes, and their products 32 bits.
bool HasScanCodes(faiss::MetricType metric, std::size_t dimension);

// Only where HasScanCodes and CandidateScanFits. Ranges need codes.
std::unique_ptr<FlatScan> MakeByteScan(const cpu::ByteKernel& kernel, faiss::MetricType metric,
                                       std::size_t dimension, std::size_t rows, const float* queries,
                                       std::size_t k);

}  // namespace densenode
