#include "index/index_file.h"

#include <cstring>
#include <string>

#include "common/error.h"
#include "index/container.h"
#include "index/faiss_io.h"
#include "index/faiss_layers.h"
#include "index/index_description.h"
#include "index/index_parameters.h"
#include "index/make_index.h"

namespace densenode {
namespace {

[[noreturn]] void Corrupt(const std::filesystem::path& path, const std::string& reason) {
  Fail(ErrorCode::kFileCorrupt, path, " ", reason);
}

}  // namespace

void SaveIndexFile(const std::filesystem::path& path, const VectorIndex::CreateOptions& options,
                   const faiss::Index& index, const IdMap& ids) {
  const std::string text =
      WriteDescription({options, ids.positions(), index.is_trained, ids.mode(), ids.next_id()});
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
  const IndexDescription description = ReadDescription(container.Section("meta"), path);
  const std::uint64_t count = description.count;
  const std::int64_t next_id = description.next_id;
  OpenedIndex opened;
  opened.options = description.options;
  std::unique_ptr<faiss::Index> expected;
  try {
    expected = MakeFaissIndex(description.options);
  } catch (const Error& error) {
    Corrupt(path, std::string("describes an index that this densenode cannot make: ") + error.what());
  }
  opened.index = ReadFaissSection(container.Section("faiss"), mmap, *expected, path);
  if (opened.index->is_trained != description.trained ||
      static_cast<std::uint64_t>(opened.index->ntotal) != count) {
    Corrupt(path, "holds an index that is not what its description says");
  }
  CopyParameters(*expected, *opened.index);  // FAISS's part of the file is not asked for them
  if (mmap) opened.mapping = container.file();

  const FaissLayers layers(*opened.index);
  const auto ids = container.Section("ids");
  const IdMap::Mode mode = description.id_mode;
  const bool table = mode == IdMap::Mode::kTable;
  if (layers.stores_ids() != (mode == IdMap::Mode::kStored) || ids.size() % sizeof(std::int64_t) != 0 ||
      ids.size() / sizeof(std::int64_t) != (table ? count : 0) || next_id < 0 ||
      (mode == IdMap::Mode::kSequential && static_cast<std::uint64_t>(next_id) != count)) {
    Corrupt(path, "has ids that do not fit its vectors");
  }
  std::vector<std::int64_t> values(ids.size() / sizeof(std::int64_t));
  if (!values.empty()) std::memcpy(values.data(), ids.data(), ids.size());
  for (std::int64_t id : values) {
    if (id < (layers.can_remove() ? 0 : -next_id) || id >= next_id)
      Corrupt(path, "has ids that do not fit its vectors");
  }
  opened.ids = std::make_unique<IdMap>(layers.stores_ids() ? layers.ivf : nullptr, std::move(values), mode,
                                       count, next_id);
  return opened;
}

}  // namespace densenode
