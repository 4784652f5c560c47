#include "index/index_codes.h"

#include <faiss/IndexFlat.h>
#include <faiss/IndexHNSW.h>
#include <faiss/IndexIVFFlat.h>
#include <faiss/invlists/InvertedLists.h>

#include "index/faiss_layers.h"
#include "index/flat_scan.h"

namespace densenode {
namespace {

std::size_t ChunksOf(const faiss::Index& index) {
  return (static_cast<std::size_t>(index.ntotal) + ScanCodes::kChunk - 1) / ScanCodes::kChunk;
}

}  // namespace

CodeForm CodeFormOf(const faiss::Index& index) {
  if (!UsesScanCodes(index.metric_type, static_cast<std::size_t>(index.d))) return CodeForm::kNone;
  if (dynamic_cast<const faiss::IndexFlat*>(&index)) return CodeForm::kChunks;
  if (const auto* lists = dynamic_cast<const faiss::IndexIVFFlat*>(&index)) {
    return dynamic_cast<const faiss::ArrayInvertedLists*>(lists->invlists) ? CodeForm::kLists
                                                                           : CodeForm::kNone;
  }
  const auto* graph = dynamic_cast<const faiss::IndexHNSW*>(&index);
  return graph && dynamic_cast<const faiss::IndexFlat*>(graph->storage) ? CodeForm::kRows : CodeForm::kNone;
}

std::size_t CodeBytes(CodeForm form, faiss::MetricType metric, std::size_t dimension, std::size_t count,
                      std::size_t lists) {
  constexpr std::size_t kFilledUp = 16;
  switch (form) {
    case CodeForm::kNone:
      return 0;
    case CodeForm::kChunks:
      return ScanCodeBytes(metric, dimension, count);
    case CodeForm::kLists:
      return ScanCodeBytes(metric, dimension, count + kFilledUp * lists) +
             ScanCodeBytes(metric, dimension, lists);
    case CodeForm::kRows:
      return UsesScanCodes(metric, dimension) ? count * RowCodes::RowBytes(dimension) : 0;
  }
  return 0;
}

void IndexCodes::Follow(const faiss::Index& index) {
  if (!allowed_) return;
  if (const auto* lists = FaissLayers(const_cast<faiss::Index&>(index)).ivf) {
    const faiss::Index& quantizer = *lists->quantizer;
    const bool whole = quantizer.ntotal == static_cast<faiss::idx_t>(lists->nlist);
    if (whole && CodeFormOf(quantizer) == CodeForm::kChunks) cells.Resize(ChunksOf(quantizer));
  }
  switch (CodeFormOf(index)) {
    case CodeForm::kNone:
      break;
    case CodeForm::kChunks:
      scan.Resize(ChunksOf(index));
      break;
    case CodeForm::kLists:
      scan.Resize(static_cast<const faiss::IndexIVF&>(index).nlist);
      break;
    case CodeForm::kRows:
      rows.Resize(static_cast<std::size_t>(index.ntotal), static_cast<std::size_t>(index.d));
  }
}

}  // namespace densenode
