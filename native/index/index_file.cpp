#include "index/index_file.h"

#include <string>
#include <utility>
#include <vector>

#include "common/container.h"
#include "common/error.h"
#include "index/factory_string.h"
#include "index/faiss_format/contents.h"
#include "index/faiss_io.h"
#include "index/faiss_layers.h"
#include "index/id_section.h"
#include "index/index_description.h"
#include "index/index_parameters.h"
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

}  // namespace

void SaveIndexFile(const std::filesystem::path& path, const VectorIndex::CreateOptions& options,
                   const faiss::Index& index, const IdMap& ids) {
  const std::string text =
      WriteDescription({options, ids.positions(), index.is_trained, ids.mode(), ids.next_id()});
  ContainerWriter file(path);
  file.Begin("meta");
  file.Write(text.data(), text.size());
  WriteFaissSection(index, "faiss", file);
  WriteIds(ids, &file);
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
  const bool listed = description.id_mode == IdMap::Mode::kStored;
  if (listed && contents.largest_list_id >= description.next_id) {
    Corrupt(path, "has ids that do not fit its vectors");
  }
  OpenedIndex opened;
  opened.options = description.options;
  opened.index = ReadFaissIndex(faiss, contents, mmap, path);
  if (mmap) opened.mapping = container.file();
  try {
    SetParameters(*opened.index, opened.options.parameters);  // FAISS's part of the file has not all of them
  } catch (const Error& error) {
    Corrupt(path, std::string("describes an index that this densenode cannot make: ") + error.what());
  }
  const FaissLayers layers(*opened.index);
  opened.ids = ReadIds(container.Section("ids"),
                       {.mode = description.id_mode,
                        .positions = description.count,
                        .next_id = description.next_id,
                        .marks_removed = !layers.can_remove(),
                        .lists = layers.stores_ids() ? layers.ivf : nullptr},
                       path);
  return opened;
}

}  // namespace densenode
