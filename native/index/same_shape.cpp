#include "index/same_shape.h"

#include <faiss/IndexFastScan.h>
#include <faiss/IndexFlat.h>
#include <faiss/IndexIVFFastScan.h>
#include <faiss/IndexIVFRaBitQ.h>
#include <faiss/IndexRaBitQ.h>
#include <faiss/IndexScalarQuantizer.h>
#include <faiss/VectorTransform.h>
#include <faiss/invlists/BlockInvertedLists.h>
#include <faiss/invlists/InvertedLists.h>

#include <algorithm>
#include <typeinfo>

#include "index/faiss_layers.h"
#include "index/vectors.h"

namespace densenode {
namespace {

bool SameType(const faiss::Index& a, const faiss::Index& b) {
  // FAISS reads IndexFlat back as IndexFlatL2 or IndexFlatIP.
  if (dynamic_cast<const faiss::IndexFlat*>(&a)) return dynamic_cast<const faiss::IndexFlat*>(&b) != nullptr;
  return typeid(a) == typeid(b);
}

bool SameQuantizer(const faiss::ScalarQuantizer& a, const faiss::ScalarQuantizer& b, bool trained) {
  const bool has_ranges =
      b.qtype != faiss::ScalarQuantizer::QT_fp16 && b.qtype != faiss::ScalarQuantizer::QT_bf16;
  return a.qtype == b.qtype && a.d == b.d && a.code_size == b.code_size && a.bits == b.bits &&
         (!trained || !has_ranges || a.trained.size() >= 2 * a.d);
}

bool SameRaBitQuantizer(const faiss::RaBitQuantizer& a, const faiss::RaBitQuantizer& b) {
  return a.d == b.d && a.code_size == b.code_size && a.metric_type == b.metric_type;
}

bool SameTransforms(const faiss::IndexPreTransform& a, const faiss::IndexPreTransform& b) {
  if (a.chain.size() != b.chain.size()) return false;
  for (std::size_t i = 0; i < a.chain.size(); ++i) {
    const faiss::VectorTransform *x = a.chain[i], *y = b.chain[i];
    if (x->d_in != y->d_in || x->d_out != y->d_out) return false;
    if (a.is_trained && !x->is_trained) return false;
    const auto* linear = dynamic_cast<const faiss::LinearTransform*>(x);
    if (!linear != !dynamic_cast<const faiss::LinearTransform*>(y)) return false;
    if (linear && x->is_trained) {
      if (linear->A.size() != static_cast<std::size_t>(x->d_in) * static_cast<std::size_t>(x->d_out))
        return false;
      if (linear->have_bias && linear->b.size() != static_cast<std::size_t>(x->d_out)) return false;
    } else if (!linear && typeid(*x) != typeid(*y)) {
      return false;
    }
    if (const auto* remap = dynamic_cast<const faiss::RemapDimensionsTransform*>(x)) {
      if (remap->map != dynamic_cast<const faiss::RemapDimensionsTransform*>(y)->map) return false;
    }
  }
  return true;
}

// Searching a graph never ends where a distance is not a number (see vectors.h), so every vector is looked
// at.
bool AllUsable(const faiss::Index& storage) {
  const auto* codes = dynamic_cast<const faiss::IndexFlatCodes*>(&storage);
  if (!codes) return false;
  constexpr faiss::idx_t kRows = 256;
  const auto dimension = static_cast<std::size_t>(codes->d);
  const auto rows = FloatBuffer(kRows * dimension);
  for (faiss::idx_t first = 0; first < codes->ntotal; first += kRows) {
    const faiss::idx_t n = std::min(kRows, codes->ntotal - first);
    codes->sa_decode(n, codes->codes.data() + static_cast<std::size_t>(first) * codes->code_size, rows.get());
    for (faiss::idx_t i = 0; i < n; ++i) {
      if (!HasUsableNorm(rows.get() + static_cast<std::size_t>(i) * dimension, dimension)) return false;
    }
  }
  return true;
}

bool SameGraph(const faiss::HNSW& graph, const faiss::HNSW& expected, std::size_t count) {
  if (graph.cum_nneighbor_per_level != expected.cum_nneighbor_per_level) return false;
  if (graph.assign_probas.size() != expected.assign_probas.size()) return false;
  const std::size_t most_levels = graph.cum_nneighbor_per_level.size() - 1;
  if (graph.levels.size() != count || graph.offsets.size() != count + 1 || graph.offsets[0] != 0)
    return false;
  for (std::size_t i = 0; i < count; ++i) {
    if (graph.levels[i] < 1 || static_cast<std::size_t>(graph.levels[i]) > most_levels) return false;
    const auto links =
        static_cast<std::size_t>(graph.cum_nneighbor_per_level[static_cast<std::size_t>(graph.levels[i])]);
    if (graph.offsets[i + 1] - graph.offsets[i] != links) return false;
  }
  if (graph.offsets[count] != graph.neighbors.size()) return false;
  // A link on level l must lead to a vector that has level l: the search follows it there.
  for (std::size_t i = 0; i < count; ++i) {
    for (int level = 0; level < graph.levels[i]; ++level) {
      std::size_t begin, end;
      graph.neighbor_range(static_cast<faiss::idx_t>(i), level, &begin, &end);
      for (std::size_t j = begin; j < end; ++j) {
        const std::int32_t to = graph.neighbors[j];
        if (to < -1 || to >= static_cast<std::int64_t>(count)) return false;
        if (to >= 0 && graph.levels[static_cast<std::size_t>(to)] <= level) return false;
      }
    }
  }
  if (count == 0) return graph.entry_point == -1;
  return graph.entry_point >= 0 && graph.entry_point < static_cast<std::int64_t>(count) &&
         graph.max_level >= 0 &&
         graph.levels[static_cast<std::size_t>(graph.entry_point)] == graph.max_level + 1;
}

bool SameLists(const faiss::IndexIVF& a, const faiss::IndexIVF& b) {
  if (!a.invlists || a.nlist != b.nlist || a.invlists->nlist != b.nlist || a.code_size != b.code_size)
    return false;
  if (a.by_residual != b.by_residual || a.nprobe < 1) return false;
  if (const auto* blocks = dynamic_cast<const faiss::BlockInvertedLists*>(a.invlists)) {
    const auto* expected = dynamic_cast<const faiss::BlockInvertedLists*>(b.invlists);
    if (!expected || blocks->block_size != expected->block_size ||
        blocks->n_per_block != expected->n_per_block) {
      return false;
    }
    for (std::size_t i = 0; i < blocks->nlist; ++i) {
      const std::size_t n = (blocks->ids[i].size() + blocks->n_per_block - 1) / blocks->n_per_block;
      if (blocks->codes[i].size() != n * blocks->block_size) return false;
    }
  } else if (!dynamic_cast<const faiss::ArrayInvertedLists*>(a.invlists) ||
             a.invlists->code_size != b.code_size) {
    return false;
  }
  return a.invlists->compute_ntotal() == static_cast<std::size_t>(a.ntotal) &&
         (!a.is_trained || a.quantizer->ntotal == static_cast<faiss::idx_t>(a.nlist));
}

bool SameBase(faiss::Index& a, faiss::Index& b) {
  if (!SameType(a, b) || a.d != b.d || a.metric_type != b.metric_type || a.ntotal < 0) return false;
  const auto count = static_cast<std::size_t>(a.ntotal);
  if (count > 0 && !a.is_trained) return false;
  if (const auto* codes = dynamic_cast<const faiss::IndexFlatCodes*>(&a)) {
    const auto* expected = dynamic_cast<const faiss::IndexFlatCodes*>(&b);
    if (codes->code_size != expected->code_size || codes->codes.size() / codes->code_size != count ||
        codes->codes.size() % codes->code_size != 0) {
      return false;
    }
  }
  if (const auto* scan = dynamic_cast<const faiss::IndexFastScan*>(&a)) {
    const auto* expected = dynamic_cast<const faiss::IndexFastScan*>(&b);
    const auto block = static_cast<std::size_t>(expected->bbs);
    if (scan->bbs != expected->bbs || scan->M2 != expected->M2 || scan->code_size != expected->code_size ||
        scan->implem != expected->implem || scan->qbs != expected->qbs ||
        scan->ntotal2 != (count + block - 1) / block * block ||
        scan->codes.size() < scan->ntotal2 * scan->M2 / 2) {
      return false;
    }
  }
  if (const auto* sq = dynamic_cast<const faiss::IndexScalarQuantizer*>(&a)) {
    if (!SameQuantizer(sq->sq, dynamic_cast<const faiss::IndexScalarQuantizer*>(&b)->sq, a.is_trained))
      return false;
  }
  if (const auto* sq = dynamic_cast<const faiss::IndexIVFScalarQuantizer*>(&a)) {
    if (!SameQuantizer(sq->sq, dynamic_cast<const faiss::IndexIVFScalarQuantizer*>(&b)->sq, a.is_trained))
      return false;
  }
  if (const auto* rabitq = dynamic_cast<const faiss::IndexRaBitQ*>(&a)) {
    if (!SameRaBitQuantizer(rabitq->rabitq, dynamic_cast<const faiss::IndexRaBitQ*>(&b)->rabitq) ||
        rabitq->qb > 8 || (a.is_trained && rabitq->center.size() != static_cast<std::size_t>(a.d))) {
      return false;
    }
  }
  if (const auto* rabitq = dynamic_cast<const faiss::IndexIVFRaBitQ*>(&a)) {
    if (!SameRaBitQuantizer(rabitq->rabitq, dynamic_cast<const faiss::IndexIVFRaBitQ*>(&b)->rabitq) ||
        rabitq->qb > 8) {
      return false;
    }
  }
  if (const auto* scan = dynamic_cast<const faiss::IndexIVFFastScan*>(&a)) {
    const auto* expected = dynamic_cast<const faiss::IndexIVFFastScan*>(&b);
    if (scan->bbs != expected->bbs || scan->M2 != expected->M2 || scan->implem != expected->implem)
      return false;
  }
  const FaissLayers x(a), y(b);
  if (x.hnsw) {
    if (!x.hnsw->storage || x.hnsw->storage->ntotal != a.ntotal ||
        !SameBase(*x.hnsw->storage, *y.hnsw->storage) || !SameGraph(x.hnsw->hnsw, y.hnsw->hnsw, count) ||
        !AllUsable(*x.hnsw->storage)) {
      return false;
    }
  }
  if (x.ivf) {
    if (!x.ivf->quantizer || !SameBase(*x.ivf->quantizer, *y.ivf->quantizer) || !SameLists(*x.ivf, *y.ivf)) {
      return false;
    }
  }
  const auto ours = x.product_quantizers(), theirs = y.product_quantizers();
  return std::equal(ours.begin(), ours.end(), theirs.begin(), theirs.end(), [](const auto* p, const auto* q) {
    return p->d == q->d && p->M == q->M && p->nbits == q->nbits && p->centroids.size() == q->centroids.size();
  });
}

}  // namespace

bool SameShape(faiss::Index& read, faiss::Index& expected) {
  const FaissLayers a(read), b(expected);
  if (read.d != expected.d || read.metric_type != expected.metric_type) return false;
  if (!a.refine != !b.refine || !a.transform != !b.transform) return false;
  if (a.refine) {
    const faiss::Index* refiner = a.refine->refine_index;
    if (!refiner || refiner->ntotal != read.ntotal || a.refine->base_index->ntotal != read.ntotal ||
        a.refine->base_index->d != read.d || !(a.refine->k_factor >= 1) ||
        !SameBase(*a.refine->refine_index, *b.refine->refine_index)) {
      return false;
    }
  }
  if (a.transform) {
    if (a.transform->d != b.transform->d || a.transform->ntotal != read.ntotal ||
        a.transform->metric_type != read.metric_type || !SameTransforms(*a.transform, *b.transform)) {
      return false;
    }
  }
  return a.base && a.base->ntotal == read.ntotal && SameBase(*a.base, *b.base);
}

}  // namespace densenode
