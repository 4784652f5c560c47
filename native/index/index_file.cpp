#include "index/index_file.h"

#include <string>

#include "index/container.h"
#include "index/factory_string.h"
#include "index/faiss_format/contents.h"
#include "index/faiss_io.h"
#include "index/faiss_layers.h"
#include "index/index_description.h"
#include "index/make_index.h"

namespace densenode {
namespace {

[[noreturn]] void Corrupt(const std::filesystem::path& path, const std::string& reason) {
  Fail(ErrorCode::kFileCorrupt, path, " ", reason);
}

bool IsDescribed(const faiss_format::Contents& contents, const IndexDescription& description) {
  const VectorIndex::CreateOptions& options = description.options;
  if (contents.id_map || contents.dimension != options.dimension ||
      contents.metric != FaissMetric(options.metric) || contents.count != description.count ||
      contents.trained != description.trained) {
    return false;
  }
  try {
    return CanonicalFactory(contents.factory, options.dimension, options.metric) ==
           CanonicalFactory(options.factory, options.dimension, options.metric);
  } catch (const Error&) {
    return false;
  }
}

void CheckIds(const faiss_format::Packed<std::int64_t>& ids, const faiss_format::Contents& contents,
              const IndexDescription& description, const std::filesystem::path& path) {
  const std::int64_t next = description.next_id;
  bool fit = ids.size() == (description.id_mode == IdMap::Mode::kTable ? description.count : 0) &&
             next >= 0 && contents.largest_list_id < next &&
             (description.id_mode != IdMap::Mode::kSequential ||
              static_cast<std::uint64_t>(next) == description.count);
  for (std::size_t i = 0; fit && i < ids.size(); ++i) fit = ids[i] >= 0 && ids[i] < next;
  if (!fit) Corrupt(path, "has ids that do not fit its vectors");
}

}  // namespace

void SaveIndexFile(const std::filesystem::path& path, const VectorIndex::CreateOptions& options,
                   const faiss::Index& index, const IdMap& ids) {
  const std::string text =
      WriteDescription({options, ids.count(), index.is_trained, ids.mode(), ids.next_id()});
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
  const auto faiss = container.Section("faiss");
  const faiss_format::Contents contents = faiss_format::Parse(faiss, path);
  if (!IsDescribed(contents, description)) {
    Corrupt(path, "holds an index that is not what its description says");
  }
  const auto section = container.Section("ids");
  if (section.size() % sizeof(std::int64_t) != 0) Corrupt(path, "has ids that do not fit its vectors");
  const faiss_format::Packed<std::int64_t> ids(section);
  CheckIds(ids, contents, description, path);

  OpenedIndex opened;
  opened.options = description.options;
  opened.index = ReadFaissIndex(faiss, contents, mmap, path);
  if (mmap) opened.mapping = container.file();
  const FaissLayers layers(*opened.index);
  if (layers.stores_ids() != (description.id_mode == IdMap::Mode::kStored)) {
    Corrupt(path, "has ids that do not fit its vectors");
  }
  std::vector<std::int64_t> table(ids.size());
  for (std::size_t i = 0; i < table.size(); ++i) table[i] = ids[i];
  opened.ids = std::make_unique<IdMap>(layers.stores_ids() ? layers.ivf : nullptr, std::move(table),
                                       description.id_mode, description.count, description.next_id);
  return opened;
}

}  // namespace densenode
