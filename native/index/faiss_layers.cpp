#include "index/faiss_layers.h"

#include <faiss/IndexFastScan.h>
#include <faiss/IndexFlat.h>
#include <faiss/IndexFlatCodes.h>
#include <faiss/IndexIVFFlat.h>
#include <faiss/IndexIVFPQ.h>
#include <faiss/IndexIVFPQFastScan.h>
#include <faiss/IndexPQ.h>
#include <faiss/IndexPQFastScan.h>
#include <faiss/IndexScalarQuantizer.h>
#include <faiss/VectorTransform.h>
#include <faiss/invlists/BlockInvertedLists.h>
#include <faiss/invlists/InvertedLists.h>

#include <algorithm>
#include <cmath>

namespace densenode {
namespace {

template <typename T>
std::size_t Bytes(const std::vector<T>& values) {
  return values.capacity() * sizeof(T);
}

template <typename T>
std::size_t Bytes(const faiss::MaybeOwnedVector<T>& values) {
  return values.is_owned ? Bytes(values.owned_data) : 0;
}

template <typename T, int A>
std::size_t Bytes(const faiss::AlignedTable<T, A>& values) {
  return values.nbytes();
}

std::size_t Bytes(const faiss::ProductQuantizer& pq) {
  return Bytes(pq.centroids) + Bytes(pq.transposed_centroids) + Bytes(pq.centroids_sq_lengths) +
         Bytes(pq.sdc_table);
}

std::size_t Bytes(const faiss::InvertedLists* lists) {
  std::size_t bytes = 0;
  if (auto* array = dynamic_cast<const faiss::ArrayInvertedLists*>(lists)) {
    bytes += array->nlist * (sizeof(array->ids[0]) + sizeof(array->codes[0]));
    for (const auto& ids : array->ids) bytes += Bytes(ids);
    for (const auto& codes : array->codes) bytes += Bytes(codes);
  } else if (auto* blocks = dynamic_cast<const faiss::BlockInvertedLists*>(lists)) {
    bytes += blocks->nlist * (sizeof(blocks->ids[0]) + sizeof(blocks->codes[0]));
    for (const auto& ids : blocks->ids) bytes += Bytes(ids);
    for (const auto& codes : blocks->codes) bytes += Bytes(codes);
  }
  return bytes;
}

std::size_t Bytes(const faiss::Index* index) {
  std::size_t bytes = 0;
  if (auto* codes = dynamic_cast<const faiss::IndexFlatCodes*>(index)) bytes += Bytes(codes->codes);
  if (auto* scan = dynamic_cast<const faiss::IndexFastScan*>(index)) bytes += Bytes(scan->codes);
  if (auto* hnsw = dynamic_cast<const faiss::IndexHNSW*>(index)) {
    bytes += Bytes(hnsw->hnsw.levels) + Bytes(hnsw->hnsw.offsets) + Bytes(hnsw->hnsw.neighbors) +
             Bytes(hnsw->storage);
  }
  if (auto* ivf = dynamic_cast<const faiss::IndexIVF*>(index))
    bytes += Bytes(ivf->quantizer) + Bytes(ivf->invlists);
  if (auto* ivfpq = dynamic_cast<const faiss::IndexIVFPQ*>(index)) bytes += Bytes(ivfpq->precomputed_table);
  if (auto* scan = dynamic_cast<const faiss::IndexIVFPQFastScan*>(index))
    bytes += Bytes(scan->precomputed_table);
  return bytes;
}

template <typename T>
void Shrink(faiss::MaybeOwnedVector<T>& values) {
  if (!values.is_owned || values.owned_data.capacity() == values.owned_data.size()) return;
  auto shrunk = std::move(values.owned_data);
  shrunk.shrink_to_fit();
  values = faiss::MaybeOwnedVector<T>(std::move(shrunk));
}

void Shrink(faiss::Index* index) {
  if (auto* codes = dynamic_cast<faiss::IndexFlatCodes*>(index)) Shrink(codes->codes);
  if (auto* hnsw = dynamic_cast<faiss::IndexHNSW*>(index)) {
    hnsw->hnsw.levels.shrink_to_fit();
    hnsw->hnsw.offsets.shrink_to_fit();
    Shrink(hnsw->hnsw.neighbors);
    Shrink(hnsw->storage);
  }
  auto* ivf = dynamic_cast<faiss::IndexIVF*>(index);
  if (auto* lists = ivf ? dynamic_cast<faiss::ArrayInvertedLists*>(ivf->invlists) : nullptr) {
    for (auto& ids : lists->ids) Shrink(ids);
    for (auto& codes : lists->codes) Shrink(codes);
  }
}

faiss::ProductQuantizer* ProductQuantizerOf(faiss::Index* index) {
  if (auto* pq = dynamic_cast<faiss::IndexPQ*>(index)) return &pq->pq;
  if (auto* scan = dynamic_cast<faiss::IndexPQFastScan*>(index)) return &scan->pq;
  if (auto* ivf = dynamic_cast<faiss::IndexIVFPQ*>(index)) return &ivf->pq;
  if (auto* ivf = dynamic_cast<faiss::IndexIVFPQFastScan*>(index)) return &ivf->pq;
  if (auto* multi = dynamic_cast<faiss::MultiIndexQuantizer*>(index)) return &multi->pq;
  return nullptr;
}

}  // namespace

FaissLayers::FaissLayers(faiss::Index& index) : top(&index), base(&index) {
  refine = dynamic_cast<faiss::IndexRefine*>(base);
  if (refine) base = refine->base_index;
  transform = dynamic_cast<faiss::IndexPreTransform*>(base);
  if (transform) base = transform->index;
  ivf = dynamic_cast<faiss::IndexIVF*>(base);
  hnsw = dynamic_cast<faiss::IndexHNSW*>(base);
}

bool FaissLayers::can_remove() const { return !hnsw && !(refine && ivf); }

bool FaissLayers::keeps_vectors() const {
  const faiss::Index* finest = refine ? refine->refine_index : hnsw ? hnsw->storage : base;
  if (!refine && transform) {
    const auto reduces = [](const faiss::VectorTransform* step) { return step->d_out < step->d_in; };
    if (std::any_of(transform->chain.begin(), transform->chain.end(), reduces)) return false;
  }
  const auto rounds_only = [](const faiss::ScalarQuantizer& sq) {
    return sq.qtype == faiss::ScalarQuantizer::QT_fp16 || sq.qtype == faiss::ScalarQuantizer::QT_bf16;
  };
  if (auto* sq = dynamic_cast<const faiss::IndexScalarQuantizer*>(finest)) return rounds_only(sq->sq);
  if (auto* sq = dynamic_cast<const faiss::IndexIVFScalarQuantizer*>(finest)) return rounds_only(sq->sq);
  return dynamic_cast<const faiss::IndexFlat*>(finest) || dynamic_cast<const faiss::IndexIVFFlat*>(finest);
}

bool FaissLayers::transforms_are_bounded() const {
  if (!transform) return true;
  // |A x + b| <= |A| |x| + |b|, with Frobenius' norm of A.
  const auto norm = [](const std::vector<float>& values) {
    double squares = 0;
    for (const float value : values) squares += static_cast<double>(value) * value;
    return std::sqrt(squares);
  };
  double most = std::sqrt(kMostSquaredNormToTransform);
  for (const faiss::VectorTransform* step : transform->chain) {
    const auto* linear = dynamic_cast<const faiss::LinearTransform*>(step);
    if (linear) most = norm(linear->A) * most + norm(linear->b);
  }
  return most <= std::sqrt(kMostSquaredNorm);
}

const float* FaissLayers::Transformed(std::size_t n, const float* rows,
                                      std::unique_ptr<const float[]>* buffer) const {
  if (!transform) return rows;
  const float* transformed = transform->apply_chain(static_cast<faiss::idx_t>(n), rows);
  if (transformed != rows) buffer->reset(transformed);  // an empty chain gives what it got
  return transformed;
}

std::vector<faiss::ProductQuantizer*> FaissLayers::product_quantizers() const {
  std::vector<faiss::ProductQuantizer*> found;
  for (faiss::Index* index : {base, hnsw ? hnsw->storage : nullptr, ivf ? ivf->quantizer : nullptr}) {
    if (auto* pq = ProductQuantizerOf(index)) found.push_back(pq);
  }
  return found;
}

std::size_t FaissLayers::least_training_vectors() const {
  std::size_t least = 0;
  if (transform) {
    for (const faiss::VectorTransform* step : transform->chain) {
      if (dynamic_cast<const faiss::PCAMatrix*>(step))
        least = std::max(least, static_cast<std::size_t>(step->d_out));
      if (dynamic_cast<const faiss::OPQMatrix*>(step)) least = std::max<std::size_t>(least, 256);
      if (dynamic_cast<const faiss::LinearTransform*>(step)) least = std::max<std::size_t>(least, 1);
    }
  }
  if (ivf && !dynamic_cast<faiss::MultiIndexQuantizer*>(ivf->quantizer)) least = std::max(least, ivf->nlist);
  for (const faiss::ProductQuantizer* pq : product_quantizers()) least = std::max(least, pq->ksub);
  const faiss::Index* refiner = refine ? refine->refine_index : nullptr;
  if (!base->is_trained || (refiner && !refiner->is_trained)) least = std::max<std::size_t>(least, 1);
  return least;
}

void FaissLayers::ShrinkToFit() {
  Shrink(base);
  if (refine) Shrink(refine->refine_index);
}

std::size_t FaissLayers::memory_bytes() const {
  std::size_t bytes = sizeof(faiss::Index) + Bytes(base);
  for (const faiss::ProductQuantizer* pq : product_quantizers()) bytes += Bytes(*pq);
  if (refine) bytes += Bytes(refine->refine_index);
  if (transform) {
    for (const faiss::VectorTransform* step : transform->chain) {
      if (auto* linear = dynamic_cast<const faiss::LinearTransform*>(step))
        bytes += Bytes(linear->A) + Bytes(linear->b);
      if (auto* pca = dynamic_cast<const faiss::PCAMatrix*>(step)) bytes += Bytes(pca->PCAMat);
    }
  }
  return bytes;
}

double FaissLayers::work_per_vector() const {
  const double dimension = base->d;
  double work = 2 * dimension;
  if (transform) {
    for (const faiss::VectorTransform* step : transform->chain) work += 2.0 * step->d_in * step->d_out;
  }
  if (ivf) work += 2 * dimension * static_cast<double>(ivf->nlist);
  // A new node compares itself with the neighbours of efConstruction candidates, each a cache miss.
  if (hnsw) work += 20 * dimension * hnsw->hnsw.efConstruction * hnsw->hnsw.nb_neighbors(0) / 4;
  for (const faiss::ProductQuantizer* pq : product_quantizers())
    work += 2 * dimension * static_cast<double>(pq->ksub);
  return work;
}

}  // namespace densenode
