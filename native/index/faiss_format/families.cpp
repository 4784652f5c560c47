#include "index/faiss_format/families.h"

#include <algorithm>
#include <limits>

namespace densenode::faiss_format {
namespace {

constexpr std::size_t kMostDimensions = 65536;
// FAISS numbers vectors with 32 bits in graphs and fast scan.
constexpr std::int64_t kMostVectors = std::numeric_limits<std::int32_t>::max();

constexpr std::int32_t kMostMetric = 25;  // of faiss::MetricType

struct Family {
  std::string_view code;
  const char* name;  // FAISS's
  unsigned roles;
  Contents (*read)(Cursor&, std::string_view code);  // null: densenode does not make it
};

constexpr Family kFamilies[] = {
    {"IxFI", "IndexFlatIP", kBase | kStorage | kCoarse | kRefiner, ReadFlat},
    {"IxF2", "IndexFlatL2", kBase | kStorage | kCoarse | kRefiner, ReadFlat},
    {"IxFl", "IndexFlat", kBase | kStorage | kCoarse | kRefiner, ReadFlat},
    {"IxSQ", "IndexScalarQuantizer", kBase | kStorage | kRefiner, ReadScalarCodes},
    {"IxPq", "IndexPQ", kBase | kStorage, ReadProductCodes},
    {"Ixrq", "IndexRaBitQ", kBase, ReadRaBitCodes},
    {"IPfs", "IndexPQFastScan", kBase, ReadFastScanCodes},
    {"IHNf", "IndexHNSWFlat", kBase | kCoarse, ReadHnsw},
    {"IHNs", "IndexHNSWSQ", kBase, ReadHnsw},
    {"IHNp", "IndexHNSWPQ", kBase, ReadHnsw},
    {"Imiq", "MultiIndexQuantizer", kCoarse, ReadMultiIndex},
    {"IwFl", "IndexIVFFlat", kBase, ReadFlatLists},
    {"IwSq", "IndexIVFScalarQuantizer", kBase, ReadScalarLists},
    {"IwPQ", "IndexIVFPQ", kBase, ReadProductLists},
    {"IwPf", "IndexIVFPQFastScan", kBase, ReadFastScanLists},
    {"Iwrq", "IndexIVFRaBitQ", kBase, ReadRaBitLists},
    {"IxPT", "IndexPreTransform", kTransform, ReadTransforms},
    {"IxRF", "IndexRefine", kRefine, ReadRefinement},
    {"IxMp", "IndexIDMap", kIdMap, ReadIdMap},
    {"IxM2", "IndexIDMap2", kIdMap, ReadIdMap},
    {"null", "an index without one of its parts", 0, nullptr},
    {"IxHE", "IndexLSH", 0, nullptr},
    {"IxHe", "IndexLSH", 0, nullptr},
    {"IxPQ", "IndexPQ in the form of an old FAISS", 0, nullptr},
    {"IxPo", "IndexPQ in the form of an old FAISS", 0, nullptr},
    {"IxRQ", "IndexResidualQuantizer", 0, nullptr},
    {"IxRq", "IndexResidualQuantizer", 0, nullptr},
    {"IxLS", "IndexLocalSearchQuantizer", 0, nullptr},
    {"IxPR", "IndexProductResidualQuantizer", 0, nullptr},
    {"IxPL", "IndexProductLocalSearchQuantizer", 0, nullptr},
    {"ImRQ", "ResidualCoarseQuantizer", 0, nullptr},
    {"ILfs", "IndexLocalSearchQuantizerFastScan", 0, nullptr},
    {"IRfs", "IndexResidualQuantizerFastScan", 0, nullptr},
    {"IPLf", "IndexProductLocalSearchQuantizerFastScan", 0, nullptr},
    {"IPRf", "IndexProductResidualQuantizerFastScan", 0, nullptr},
    {"IVLf", "IndexIVFLocalSearchQuantizerFastScan", 0, nullptr},
    {"IVRf", "IndexIVFResidualQuantizerFastScan", 0, nullptr},
    {"NPLf", "IndexIVFProductLocalSearchQuantizerFastScan", 0, nullptr},
    {"NPRf", "IndexIVFProductResidualQuantizerFastScan", 0, nullptr},
    {"IvFl", "IndexIVFFlat in the form of an old FAISS", 0, nullptr},
    {"IvFL", "IndexIVFFlat in the form of an old FAISS", 0, nullptr},
    {"IvSQ", "IndexIVFScalarQuantizer in the form of an old FAISS", 0, nullptr},
    {"IwSQ", "IndexIVFScalarQuantizer in the form of an old FAISS", 0, nullptr},
    {"IvPQ", "IndexIVFPQ in the form of an old FAISS", 0, nullptr},
    {"IwFd", "IndexIVFFlatDedup", 0, nullptr},
    {"IxLa", "IndexLattice", 0, nullptr},
    {"IwLS", "IndexIVFLocalSearchQuantizer", 0, nullptr},
    {"IwRQ", "IndexIVFResidualQuantizer", 0, nullptr},
    {"IwPL", "IndexIVFProductLocalSearchQuantizer", 0, nullptr},
    {"IwPR", "IndexIVFProductResidualQuantizer", 0, nullptr},
    {"IwSh", "IndexIVFSpectralHash", 0, nullptr},
    {"IvQR", "IndexIVFPQR", 0, nullptr},
    {"IwQR", "IndexIVFPQR", 0, nullptr},
    {"IwIQ", "IndexIVFIndependentQuantizer", 0, nullptr},
    {"Ix2L", "Index2Layer", 0, nullptr},
    {"IHN2", "IndexHNSW2Level", 0, nullptr},
    {"IHNc", "IndexHNSWCagra", 0, nullptr},
    {"IHc2", "IndexHNSWCagra", 0, nullptr},
    {"INSf", "IndexNSGFlat", 0, nullptr},
    {"INSp", "IndexNSGPQ", 0, nullptr},
    {"INSs", "IndexNSGSQ", 0, nullptr},
    {"INNf", "IndexNNDescentFlat", 0, nullptr},
    {"IRMf", "IndexRowwiseMinMax", 0, nullptr},
    {"IRMh", "IndexRowwiseMinMaxFP16", 0, nullptr},
    {"IBxF", "IndexBinaryFlat", 0, nullptr},
    {"IBwF", "IndexBinaryIVF", 0, nullptr},
    {"IBFf", "IndexBinaryFromFloat", 0, nullptr},
    {"IBHf", "IndexBinaryHNSW", 0, nullptr},
    {"IBHc", "IndexBinaryHNSWCagra", 0, nullptr},
    {"IBHh", "IndexBinaryHash", 0, nullptr},
    {"IBHm", "IndexBinaryMultiHash", 0, nullptr},
    {"IBMp", "IndexBinaryIDMap", 0, nullptr},
    {"IBM2", "IndexBinaryIDMap2", 0, nullptr},
};

}  // namespace

Contents ReadIndex(Cursor& cursor, unsigned roles) {
  const std::string_view code = cursor.ReadCode();
  const auto* family = std::ranges::find(kFamilies, code, &Family::code);
  cursor.Require(family != std::end(kFamilies), "a part of an unknown kind");
  cursor.Offer(family->read != nullptr, family->name);
  cursor.Offer((family->roles & roles) != 0, family->name, " at an unusual place inside another index");
  return family->read(cursor, code);
}

Contents ReadHeader(Cursor& cursor) {
  Contents index;
  const auto dimension = cursor.Read<std::int32_t>();
  cursor.Require(dimension >= 1 && static_cast<std::size_t>(dimension) <= kMostDimensions, "dimension ",
                 dimension);
  const auto count = cursor.Read<std::int64_t>();
  cursor.Require(count >= 0 && count <= kMostVectors, count, " vectors");
  cursor.Read<std::int64_t>();  // two fields that FAISS does not use
  cursor.Read<std::int64_t>();
  index.trained = cursor.ReadBool();
  cursor.Require(index.trained || count == 0, "vectors, but without training");
  const auto metric = cursor.Read<std::int32_t>();
  cursor.Require(metric >= 0 && metric <= kMostMetric, "an unknown metric");
  cursor.Offer(
      metric == faiss::METRIC_INNER_PRODUCT || metric == faiss::METRIC_L2 || metric == faiss::METRIC_L1,
      "an index of FAISS's metric ", metric);
  if (metric > faiss::METRIC_L2) cursor.Read<float>();  // the argument of metrics that have one
  index.dimension = static_cast<std::size_t>(dimension);
  index.count = static_cast<std::size_t>(count);
  index.metric = static_cast<faiss::MetricType>(metric);
  return index;
}

void RequireSame(const Cursor& cursor, const Contents& outer, const Contents& inner) {
  cursor.Require(outer.dimension == inner.dimension, "parts of different dimensions");
  cursor.Require(outer.metric == inner.metric, "parts of different metrics");
  cursor.Require(outer.count == inner.count, "parts of different numbers of vectors");
  cursor.Require(!outer.trained || inner.trained, "a part that is not trained");
}

Contents Parse(std::span<const std::byte> bytes, const std::filesystem::path& path) {
  Cursor cursor(bytes, path);
  Contents contents = ReadIndex(cursor, kIdMap | kRefine | kTransform | kBase);
  cursor.Require(cursor.ended(), "bytes behind its end");
  return contents;
}

}  // namespace densenode::faiss_format
