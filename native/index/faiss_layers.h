// The layers of a FAISS index as CheckFactoryString admits them: Refine over PreTransform over a base, which
// is IVF, HNSW over a storage, or codes. Everything that treats families differently asks here.
#pragma once

#include <faiss/Index.h>
#include <faiss/IndexHNSW.h>
#include <faiss/IndexIVF.h>
#include <faiss/IndexPreTransform.h>
#include <faiss/IndexRefine.h>
#include <faiss/impl/ProductQuantizer.h>

#include <cstddef>
#include <memory>
#include <vector>

#include "index/vectors.h"

namespace densenode {

struct FaissLayers {
  explicit FaissLayers(faiss::Index& index);

  faiss::Index* top;
  faiss::IndexRefine* refine = nullptr;  // null where the layer is missing
  faiss::IndexPreTransform* transform = nullptr;
  faiss::Index* base;
  faiss::IndexIVF* ivf = nullptr;    // == base, if it is one
  faiss::IndexHNSW* hnsw = nullptr;  // == base, if it is one

  // FAISS keeps 64-bit ids of ours in the inverted lists. Elsewhere a vector is known by its position, 0 ..
  // ntotal - 1.
  bool stores_ids() const { return ivf && !refine; }
  bool can_remove() const;
  // The finest layer holds the vectors themselves, but for 16-bit rounding.
  bool keeps_vectors() const;
  // Vectors as the base takes them: in *buffer where there are transforms, `rows` itself otherwise.
  const float* Transformed(std::size_t n, const float* rows, std::unique_ptr<const float[]>* buffer) const;
  // From vectors of at most this squared norm the base gets vectors of at most kMostSquaredNorm.
  float most_squared_norm() const { return transform ? kMostSquaredNormToTransform : kMostSquaredNorm; }
  // That this is so: whitening (PCAW) learned from vectors without spread in some direction scales by
  // infinity.
  bool transforms_are_bounded() const;
  // Every product quantizer that training fills.
  std::vector<faiss::ProductQuantizer*> product_quantizers() const;
  // Fewer training vectors than this cannot train the index; 0 if it needs no training.
  std::size_t least_training_vectors() const;
  // Gives back the room that vectors of FAISS keep for growing.
  void ShrinkToFit();
  // Bytes on the heap; what lies in a mapped file is not counted.
  std::size_t memory_bytes() const;
  // Floating-point operations to add one vector, roughly.
  double work_per_vector() const;
};

}  // namespace densenode
