#include "index/search_plan.h"

#include <faiss/IndexIVFPQ.h>
#include <faiss/IndexIVFRaBitQ.h>
#include <faiss/IndexRaBitQ.h>

#include <algorithm>

#include "index/faiss_layers.h"

namespace densenode {
namespace {

FaissLayers LayersOf(const faiss::Index& index) { return FaissLayers(const_cast<faiss::Index&>(index)); }

const faiss::IndexHNSW* HnswQuantizer(const FaissLayers& layers) {
  return layers.ivf ? dynamic_cast<const faiss::IndexHNSW*>(layers.ivf->quantizer) : nullptr;
}

}  // namespace

SearchPlan::SearchPlan(const faiss::Index& index, const VectorIndex::SearchParameters& parameters,
                       std::size_t k, const faiss::IDSelector* selector)
    : width_(k) {
  const FaissLayers layers = LayersOf(index);
  const auto value = [&](const char* name, double otherwise) {
    const auto found = parameters.find(name);
    return found == parameters.end() ? otherwise : found->second;
  };

  faiss::SearchParameters* inner = nullptr;
  if (layers.ivf) {
    faiss::SearchParametersIVF* ivf = nullptr;
    if (const auto* ivfpq = dynamic_cast<const faiss::IndexIVFPQ*>(layers.ivf)) {
      auto* typed = Own<faiss::IVFPQSearchParameters>();
      typed->scan_table_threshold = ivfpq->scan_table_threshold;
      typed->polysemous_ht = ivfpq->polysemous_ht;
      ivf = typed;
    } else if (const auto* rabitq = dynamic_cast<const faiss::IndexIVFRaBitQ*>(layers.ivf)) {
      auto* typed = Own<faiss::IVFRaBitQSearchParameters>();
      typed->qb = static_cast<std::uint8_t>(value("qb", rabitq->qb));
      ivf = typed;
    } else {
      ivf = Own<faiss::SearchParametersIVF>();
    }
    ivf->nprobe =
        std::min(layers.ivf->nlist,
                 static_cast<std::size_t>(value("nprobe", static_cast<double>(layers.ivf->nprobe))));
    ivf->max_codes = static_cast<std::size_t>(value("max_codes", static_cast<double>(layers.ivf->max_codes)));
    if (const auto* quantizer = HnswQuantizer(layers)) {
      auto* typed = Own<faiss::SearchParametersHNSW>();
      typed->efSearch = static_cast<int>(value("quantizer_efSearch", quantizer->hnsw.efSearch));
      ivf->quantizer_params = typed;
    }
    width_ = std::max(width_, ivf->nprobe);
    inner = ivf;
  } else if (layers.hnsw) {
    auto* typed = Own<faiss::SearchParametersHNSW>();
    typed->efSearch = static_cast<int>(value("efSearch", layers.hnsw->hnsw.efSearch));
    inner = typed;
  } else if (const auto* rabitq = dynamic_cast<const faiss::IndexRaBitQ*>(layers.base)) {
    auto* typed = Own<faiss::RaBitQSearchParameters>();
    typed->qb = static_cast<std::uint8_t>(value("qb", rabitq->qb));
    inner = typed;
  }
  if (selector) {
    if (!inner) inner = Own<faiss::SearchParameters>();
    inner->sel = const_cast<faiss::IDSelector*>(selector);  // FAISS asks it only
  }
  if (layers.transform && inner) {
    auto* typed = Own<faiss::SearchParametersPreTransform>();
    typed->index_params = inner;
    inner = typed;
  }
  if (layers.refine) {
    auto* typed = Own<faiss::IndexRefineSearchParameters>();
    // More candidates than vectors would only be padding. FAISS multiplies in float and needs at least k of
    // them.
    const double most = k > 0 ? static_cast<double>(index.ntotal) / static_cast<double>(k) : 1;
    typed->k_factor =
        static_cast<float>(std::clamp(value("k_factor", layers.refine->k_factor), 1.0, std::max(1.0, most)));
    typed->base_index_params = inner;
    width_ = std::max(width_, static_cast<std::size_t>(static_cast<float>(k) * typed->k_factor) + 1);
    inner = typed;
  }
  outermost_ = inner;
}

}  // namespace densenode
