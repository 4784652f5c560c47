#include "index/index_file.h"

#include <array>
#include <cstring>
#include <string>

#include "common/json.h"
#include "index/container.h"
#include "index/faiss_call.h"
#include "index/faiss_io.h"
#include "index/faiss_layers.h"
#include "index/make_index.h"

#ifndef DENSENODE_VERSION
#define DENSENODE_VERSION "0.1.0"
#endif

namespace densenode {
namespace {

constexpr std::array<const char*, 3> kModeNames{"sequential", "table", "stored"};
constexpr std::size_t kMostMetaBytes = 65536;

std::string FaissVersion() {
  return std::to_string(FAISS_VERSION_MAJOR) + "." + std::to_string(FAISS_VERSION_MINOR) + "." +
         std::to_string(FAISS_VERSION_PATCH);
}

[[noreturn]] void Corrupt(const std::filesystem::path& path, const std::string& reason) {
  Fail(ErrorCode::kFileCorrupt, path, " ", reason);
}

Json ReadMeta(const Container& container) {
  const auto bytes = container.Section("meta");
  const auto& path = container.file()->path();
  if (bytes.size() > kMostMetaBytes) Corrupt(path, "has an index description that is too long");
  const auto* text = reinterpret_cast<const char*>(bytes.data());
  const Json meta = Json::parse(text, text + bytes.size(), nullptr, false);
  if (!meta.is_object() || meta.value("kind", Json()) != "vector-index")
    Corrupt(path, "does not hold a vector index");
  return meta;
}

}  // namespace

void SaveIndexFile(const std::filesystem::path& path, const VectorIndex::CreateOptions& options,
                   const faiss::Index& index, const IdMap& ids) {
  const Json meta{{"kind", "vector-index"},
                  {"densenode", DENSENODE_VERSION},
                  {"faiss", FaissVersion()},
                  {"dimension", options.dimension},
                  {"metric", MetricName(options.metric)},
                  {"factory", options.factory},
                  {"count", ids.positions()},
                  {"trained", index.is_trained},
                  {"ids", kModeNames[static_cast<std::size_t>(ids.mode())]},
                  {"nextId", ids.next_id()}};
  const std::string text = meta.dump();
  ContainerWriter file(path);
  file.Begin("meta");
  file.Write(text.data(), text.size());
  WriteFaissSection(index, "faiss", file);
  file.Begin("ids");
  file.Write(ids.table().data(), ids.table().size() * sizeof(std::int64_t));
  file.Commit();
}

OpenedIndex OpenIndexFile(const std::filesystem::path& path, bool mmap) {
  const Container container = Container::Open(path);
  const Json meta = ReadMeta(container);
  OpenedIndex opened;
  std::string mode_name;
  std::uint64_t count = 0;
  std::int64_t next_id = 0;
  bool trained = false;
  std::unique_ptr<faiss::Index> expected;
  try {
    opened.options.dimension = meta.at("dimension").get<std::size_t>();
    opened.options.metric = ParseMetric(meta.at("metric").get<std::string>());
    opened.options.factory = meta.at("factory").get<std::string>();
    mode_name = meta.at("ids").get<std::string>();
    count = meta.at("count").get<std::uint64_t>();
    next_id = meta.at("nextId").get<std::int64_t>();
    trained = meta.at("trained").get<bool>();
    expected = MakeFaissIndex(opened.options);
  } catch (const Json::exception& error) {
    Corrupt(path, std::string("has an index description that is not complete: ") + error.what());
  } catch (const Error& error) {
    Corrupt(path, std::string("describes an index that this densenode cannot make: ") + error.what());
  }

  opened.index = ReadFaissSection(container.Section("faiss"), mmap, *expected, path);
  if (opened.index->is_trained != trained || static_cast<std::uint64_t>(opened.index->ntotal) != count) {
    Corrupt(path, "holds an index that is not what its description says");
  }
  if (mmap) opened.mapping = container.file();

  const FaissLayers layers(*opened.index);
  const auto ids = container.Section("ids");
  IdMap::Mode mode = IdMap::Mode::kSequential;
  if (layers.stores_ids())
    mode = IdMap::Mode::kStored;
  else if (mode_name == kModeNames[1])
    mode = IdMap::Mode::kTable;
  const bool table = mode == IdMap::Mode::kTable;
  if (mode_name != kModeNames[static_cast<std::size_t>(mode)] || ids.size() % sizeof(std::int64_t) != 0 ||
      ids.size() / sizeof(std::int64_t) != (table ? count : 0) || next_id < 0 ||
      (mode == IdMap::Mode::kSequential && static_cast<std::uint64_t>(next_id) != count)) {
    Corrupt(path, "has ids that do not fit its vectors");
  }
  std::vector<std::int64_t> values(ids.size() / sizeof(std::int64_t));
  if (!values.empty()) std::memcpy(values.data(), ids.data(), ids.size());
  for (std::int64_t id : values) {
    if (id < (layers.can_remove() ? 0 : -next_id) || id >= next_id) Corrupt(path, "has ids that do not fit its vectors");
  }
  opened.ids = std::make_unique<IdMap>(layers.stores_ids() ? layers.ivf : nullptr, std::move(values), mode,
                                       count, next_id);
  return opened;
}

}  // namespace densenode
