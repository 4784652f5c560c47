#include "index/make_index.h"

#include <faiss/IndexIVFPQ.h>
#include <faiss/IndexPQ.h>
#include <faiss/VectorTransform.h>
#include <faiss/index_factory.h>

#include <string>
#include <vector>

#include "index/device_clustering.h"
#include "index/factory_string.h"
#include "index/faiss_call.h"
#include "index/faiss_layers.h"
#include "index/index_parameters.h"

namespace densenode {
namespace {

constexpr std::size_t kMostDimensions = 65536;

// FAISS warns on stderr when clusters get fewer training points than it likes; a library does not print.
constexpr int kNoWarningBelow = 1;

// OPQ trains a product quantizer of its own unless it is lent one: lends quiet ones for the time of the
// training.
class QuietOpq {
 public:
  explicit QuietOpq(const FaissLayers& layers) {
    if (!layers.transform) return;
    for (faiss::VectorTransform* step : layers.transform->chain) {
      auto* opq = dynamic_cast<faiss::OPQMatrix*>(step);
      if (!opq) continue;
      auto pq = std::make_unique<faiss::ProductQuantizer>(opq->d_out, opq->M, 8);
      pq->cp.min_points_per_centroid = kNoWarningBelow;
      opq->pq = pq.get();
      lent_.push_back({opq, std::move(pq)});
    }
  }
  ~QuietOpq() {
    for (auto& [opq, pq] : lent_) opq->pq = nullptr;
  }
  QuietOpq(const QuietOpq&) = delete;
  QuietOpq& operator=(const QuietOpq&) = delete;

 private:
  std::vector<std::pair<faiss::OPQMatrix*, std::unique_ptr<faiss::ProductQuantizer>>> lent_;
};

// k-means of a flat coarse quantizer on a device, for the time of the training.
class CoarseOnDevice {
 public:
  CoarseOnDevice(const FaissLayers& layers, Device device) {
    if (!device.is_cuda() || !layers.ivf) return;
    ivf_ = layers.ivf;
    assigner_ = std::make_unique<DeviceAssigner>(device, ivf_->d, ivf_->quantizer->metric_type);
    ivf_->clustering_index = assigner_.get();
  }
  ~CoarseOnDevice() {
    if (ivf_) ivf_->clustering_index = nullptr;
  }
  CoarseOnDevice(const CoarseOnDevice&) = delete;
  CoarseOnDevice& operator=(const CoarseOnDevice&) = delete;

 private:
  faiss::IndexIVF* ivf_ = nullptr;
  std::unique_ptr<DeviceAssigner> assigner_;
};

}  // namespace

faiss::MetricType FaissMetric(Metric metric) {
  switch (metric) {
    case Metric::kL2:
      return faiss::METRIC_L2;
    case Metric::kL1:
      return faiss::METRIC_L1;
    case Metric::kInnerProduct:
    case Metric::kCosine:
      break;
  }
  return faiss::METRIC_INNER_PRODUCT;
}

std::unique_ptr<faiss::Index> MakeFaissIndex(const VectorIndex::CreateOptions& options) {
  if (options.dimension < 1 || options.dimension > kMostDimensions) {
    Fail(ErrorCode::kInvalidArgument, "dimension must be from 1 to ", kMostDimensions, ", but got ",
         options.dimension);
  }
  CheckFactoryString(options.factory, options.dimension, options.metric);
  const faiss::MetricType metric = FaissMetric(options.metric);
  std::unique_ptr<faiss::Index> index = CallFaiss(
      ErrorCode::kIndexInvalid, "FAISS refuses the index factory string \"" + options.factory + "\"", [&] {
        return std::unique_ptr<faiss::Index>(
            faiss::index_factory(static_cast<int>(options.dimension), options.factory.c_str(), metric));
      });
  const FaissLayers layers(*index);
  if (index->metric_type != metric || layers.base->metric_type != metric) {
    Fail(ErrorCode::kIndexUnsupported, "the index \"", options.factory, "\" cannot score by metric \"",
         MetricName(options.metric), "\"");
  }
  if (layers.ivf) layers.ivf->cp.min_points_per_centroid = kNoWarningBelow;
  for (faiss::ProductQuantizer* pq : layers.product_quantizers()) {
    pq->cp.min_points_per_centroid = kNoWarningBelow;
  }
  SetParameters(*index, options.parameters);
  // FAISS would spend most of the training time of PQ on an order of the centroids that only its polysemous
  // search, which is not offered, makes use of. Distances are the same without it.
  auto* pq = dynamic_cast<faiss::IndexPQ*>(layers.hnsw ? layers.hnsw->storage : layers.base);
  if (pq) pq->do_polysemous_training = false;
  auto* ivfpq = dynamic_cast<faiss::IndexIVFPQ*>(layers.ivf);
  if (ivfpq) ivfpq->do_polysemous_training = false;
  return index;
}

void TrainFaissIndex(faiss::Index& index, std::size_t n, const float* vectors, Device device) {
  const FaissLayers layers(index);
  const std::size_t least = layers.least_training_vectors();
  if (n < least) {
    Fail(ErrorCode::kInvalidArgument, "training needs at least ", least, " vectors for this index, but got ",
         n, layers.ivf ? "; give more, or use fewer inverted lists (IVFn)" : "");
  }
  if (index.is_trained) return;
  CallFaiss(ErrorCode::kEngineFailed, "training failed", [&] {
    const QuietOpq quiet(layers);
    const CoarseOnDevice coarse(layers, device);
    index.train(static_cast<faiss::idx_t>(n), vectors);
  });
  if (!layers.transforms_are_bounded()) {
    Fail(ErrorCode::kInvalidArgument,
         "the training vectors have no spread in some direction, and the whitening of this index would scale "
         "by infinity; give more different vectors, or keep fewer dimensions");
  }
}

}  // namespace densenode
