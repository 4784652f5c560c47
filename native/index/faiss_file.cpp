#include "index/faiss_file.h"

#include <faiss/IndexIDMap.h>
#include <faiss/invlists/InvertedLists.h>

#include <algorithm>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "common/error.h"
#include "index/factory_string.h"
#include "index/faiss_format/contents.h"
#include "index/faiss_io.h"
#include "index/faiss_layers.h"
#include "index/make_index.h"

namespace densenode {
namespace {

Metric MetricOf(const faiss_format::Contents& contents, std::optional<Metric> asked,
                const std::filesystem::path& path) {
  const Metric own = contents.metric == faiss::METRIC_INNER_PRODUCT ? Metric::kInnerProduct
                     : contents.metric == faiss::METRIC_L2          ? Metric::kL2
                                                                    : Metric::kL1;
  const Metric metric = asked.value_or(own);
  if (FaissMetric(metric) != contents.metric) {
    Fail(ErrorCode::kInvalidArgument, "metric must be \"", MetricName(own),
         own == Metric::kInnerProduct ? "\" or \"cosine" : "", "\" for ", path, ", not \"",
         MetricName(metric), "\"");
  }
  return metric;
}

// All ids, each at the place of its vector in the lists.
template <typename Each>
void ForEachListId(faiss::IndexIVF& ivf, Each each) {
  for (std::size_t list = 0; list < ivf.nlist; ++list) {
    auto* ids = const_cast<faiss::idx_t*>(ivf.invlists->get_ids(list));
    for (std::size_t i = 0; i < ivf.invlists->list_size(list); ++i) each(ids[i]);
  }
}

// The next free id. Throws unless every id can be one of densenode's.
std::int64_t CheckIds(std::vector<std::int64_t> ids, const std::filesystem::path& path) {
  if (ids.empty()) return 0;
  std::sort(ids.begin(), ids.end());
  if (ids.front() < 0 || ids.back() == std::numeric_limits<std::int64_t>::max()) {
    Fail(ErrorCode::kIndexUnsupported, path, " has id ", ids.front() < 0 ? ids.front() : ids.back(),
         "; densenode takes ids from 0 to 2^63 - 2");
  }
  const auto twice = std::adjacent_find(ids.begin(), ids.end());
  if (twice != ids.end()) {
    Fail(ErrorCode::kIndexUnsupported, path, " has id ", *twice,
         " more than once; densenode takes distinct ids");
  }
  return ids.back() + 1;
}

std::unique_ptr<IdMap> ReadIds(const faiss_format::Contents& contents, faiss::Index& index,
                               const std::filesystem::path& path) {
  const FaissLayers layers(index);
  std::vector<std::int64_t> ids;
  if (contents.id_map) {
    ids.resize(contents.count);
    for (std::size_t i = 0; i < ids.size(); ++i) ids[i] = (*contents.id_map)[i];
  }
  if (layers.stores_ids()) {
    // Below an id map the lists hold positions.
    if (contents.id_map)
      ForEachListId(*layers.ivf, [&](faiss::idx_t& id) { id = ids[static_cast<std::size_t>(id)]; });
    ids.clear();
    ForEachListId(*layers.ivf, [&](faiss::idx_t id) { ids.push_back(id); });
    const std::int64_t next = CheckIds(std::move(ids), path);
    return std::make_unique<IdMap>(layers.ivf, std::vector<std::int64_t>(), IdMap::Mode::kStored,
                                   contents.count, next);
  }
  if (!contents.id_map) {
    return std::make_unique<IdMap>(nullptr, std::move(ids), IdMap::Mode::kSequential, contents.count,
                                   static_cast<std::int64_t>(contents.count));
  }
  const std::int64_t next = CheckIds(ids, path);
  return std::make_unique<IdMap>(nullptr, std::move(ids), IdMap::Mode::kTable, contents.count, next);
}

}  // namespace

OpenedIndex ImportFaissFile(const std::filesystem::path& path, std::optional<Metric> metric) {
  const auto file = MappedFile::Open(path);
  const faiss_format::Contents contents = faiss_format::Parse(file->bytes(), path);
  OpenedIndex opened;
  opened.options.dimension = contents.dimension;
  opened.options.metric = MetricOf(contents, metric, path);
  opened.options.factory = contents.factory;
  CheckFactoryString(contents.factory, contents.dimension, opened.options.metric);
  opened.index = ReadFaissIndex(file->bytes(), contents, false, path);
  opened.ids = ReadIds(contents, *opened.index, path);
  return opened;
}

void ExportFaissFile(const std::filesystem::path& path, faiss::Index& index, const IdMap& ids) {
  if (ids.positions() != ids.count()) {
    Fail(ErrorCode::kIndexUnsupported,
         "a file of FAISS cannot say which vectors of a graph are removed; compact the index first, or write "
         "it with save()");
  }
  if (ids.mode() != IdMap::Mode::kTable) return WriteFaissFile(index, path);
  faiss::IndexIDMap2 map;
  map.index = &index;
  map.own_fields = false;
  map.d = index.d;
  map.ntotal = index.ntotal;
  map.is_trained = index.is_trained;
  map.metric_type = index.metric_type;
  map.id_map = ids.table();
  WriteFaissFile(map, path);
}

}  // namespace densenode
