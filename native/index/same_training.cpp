#include "index/same_training.h"

#include <faiss/IndexIVFRaBitQ.h>
#include <faiss/IndexRaBitQ.h>
#include <faiss/IndexScalarQuantizer.h>
#include <faiss/VectorTransform.h>

#include <algorithm>
#include <vector>

namespace densenode {
namespace {

bool SameTransforms(const faiss::IndexPreTransform* a, const faiss::IndexPreTransform* b) {
  if (!a || !b) return a == b;
  return std::equal(a->chain.begin(), a->chain.end(), b->chain.begin(), b->chain.end(),
                    [](const faiss::VectorTransform* x, const faiss::VectorTransform* y) {
                      const auto* left = dynamic_cast<const faiss::LinearTransform*>(x);
                      const auto* right = dynamic_cast<const faiss::LinearTransform*>(y);
                      if (!left || !right) return left == right;
                      return left->A == right->A && left->b == right->b;
                    });
}

bool SameCentroids(const faiss::IndexIVF* a, const faiss::IndexIVF* b) {
  if (!a || !b) return a == b;
  if (a->nlist != b->nlist || a->quantizer->ntotal != b->quantizer->ntotal) return false;
  std::vector<float> x(static_cast<std::size_t>(a->d)), y(x.size());
  for (std::size_t list = 0; list < a->nlist; ++list) {
    a->quantizer->reconstruct(static_cast<faiss::idx_t>(list), x.data());
    b->quantizer->reconstruct(static_cast<faiss::idx_t>(list), y.data());
    if (x != y) return false;
  }
  return true;
}

const faiss::ScalarQuantizer* ScalarQuantizerOf(const faiss::Index* index) {
  if (auto* sq = dynamic_cast<const faiss::IndexScalarQuantizer*>(index)) return &sq->sq;
  if (auto* sq = dynamic_cast<const faiss::IndexIVFScalarQuantizer*>(index)) return &sq->sq;
  return nullptr;
}

bool SameScalars(const faiss::Index* a, const faiss::Index* b) {
  const auto* left = ScalarQuantizerOf(a);
  const auto* right = ScalarQuantizerOf(b);
  if (!left || !right) return left == right;
  return left->trained == right->trained;
}

bool SameProducts(const FaissLayers& a, const FaissLayers& b) {
  const auto left = a.product_quantizers(), right = b.product_quantizers();
  return std::equal(left.begin(), left.end(), right.begin(), right.end(),
                    [](const auto* x, const auto* y) { return x->centroids == y->centroids; });
}

bool SameCentre(const faiss::Index* a, const faiss::Index* b) {
  const auto* left = dynamic_cast<const faiss::IndexRaBitQ*>(a);
  const auto* right = dynamic_cast<const faiss::IndexRaBitQ*>(b);
  return !left || !right ? left == right : left->center == right->center;
}

}  // namespace

bool SameTraining(const FaissLayers& a, const FaissLayers& b) {
  const auto finest = [](const FaissLayers& layers) -> const faiss::Index* {
    if (layers.refine) return layers.refine->refine_index;
    return layers.hnsw ? layers.hnsw->storage : layers.base;
  };
  return SameTransforms(a.transform, b.transform) && SameCentroids(a.ivf, b.ivf) &&
         SameScalars(finest(a), finest(b)) && SameProducts(a, b) && SameCentre(a.base, b.base);
}

}  // namespace densenode
