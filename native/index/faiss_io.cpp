#include "index/faiss_io.h"

#include <faiss/IndexIDMap.h>
#include <faiss/IndexIVFPQFastScan.h>
#include <faiss/impl/zerocopy_io.h>
#include <faiss/index_io.h>

#include <algorithm>

#include "common/atomic_file.h"
#include "index/faiss_call.h"
#include "index/faiss_layers.h"
#include "index/vectors.h"

namespace densenode {
namespace {

// Tables that make searches of IVF over PQ faster are computed on reading; a file so much smaller than they
// are does without.
constexpr std::size_t kTableBytes = std::size_t{64} << 20, kTableBytesPerByte = 32;
constexpr faiss::idx_t kRowsAtOnce = 256;

// To a ContainerWriter or an AtomicFile.
template <typename File>
struct Writer : faiss::IOWriter {
  explicit Writer(File& to) : file(to) {}
  std::size_t operator()(const void* data, std::size_t size, std::size_t count) override {
    file.Write(data, size * count);
    return count;
  }
  File& file;
};

// Writes nothing; finds where the largest array will begin.
struct LargestArray : faiss::IOWriter {
  std::size_t operator()(const void*, std::size_t size, std::size_t count) override {
    if (size * count > largest) {
      largest = size * count;
      offset = position;
    }
    position += size * count;
    return count;
  }
  std::size_t position = 0, largest = 0, offset = 0;
};

struct CopyReader : faiss::IOReader {
  explicit CopyReader(std::span<const std::byte> bytes) : rest(bytes) {}
  std::size_t operator()(void* data, std::size_t size, std::size_t count) override {
    if (size == 0) return 0;
    count = std::min(count, rest.size() / size);
    if (count > 0) std::memcpy(data, rest.data(), size * count);
    rest = rest.subspan(size * count);
    return count;
  }
  std::span<const std::byte> rest;
};

// The search of a graph never ends where a distance is not a number (see vectors.h).
bool SearchEnds(const faiss::IndexHNSW& graph) {
  const auto& storage = dynamic_cast<const faiss::IndexFlatCodes&>(*graph.storage);
  const auto dimension = static_cast<std::size_t>(storage.d);
  const auto rows = FloatBuffer(kRowsAtOnce * dimension);
  for (faiss::idx_t first = 0; first < storage.ntotal; first += kRowsAtOnce) {
    const faiss::idx_t n = std::min(kRowsAtOnce, storage.ntotal - first);
    storage.sa_decode(n, storage.codes.data() + static_cast<std::size_t>(first) * storage.code_size,
                      rows.get());
    for (faiss::idx_t i = 0; i < n; ++i) {
      if (!HasUsableNorm(rows.get() + static_cast<std::size_t>(i) * dimension, dimension)) return false;
    }
  }
  return true;
}

// What FAISS leaves as the file has it, and densenode needs otherwise.
void Prepare(faiss::Index& index, const std::filesystem::path& path) {
  const FaissLayers layers(index);
  const auto* graph = layers.ivf ? dynamic_cast<faiss::IndexHNSW*>(layers.ivf->quantizer) : layers.hnsw;
  if (graph && !SearchEnds(*graph)) {
    Fail(ErrorCode::kFileCorrupt, path, " holds a graph over vectors that are not finite");
  }
  if (index.is_trained && !layers.transforms_are_bounded()) {
    Fail(ErrorCode::kFileCorrupt, path, " holds a transform that makes vectors infinite");
  }
  if (!layers.ivf) return;
  layers.ivf->nprobe = std::min(layers.ivf->nprobe, layers.ivf->nlist);
  layers.ivf->direct_map = faiss::DirectMap();
  // Everything is read but the pointer through which this family decodes vectors.
  if (auto* scan = dynamic_cast<faiss::IndexIVFPQFastScan*>(layers.ivf)) scan->fine_quantizer = &scan->pq;
}

}  // namespace

void WriteFaissSection(const faiss::Index& index, std::string_view name, ContainerWriter& file) {
  CallFaiss(ErrorCode::kEngineFailed, "the index cannot be written", [&] {
    LargestArray layout;
    faiss::write_index(&index, &layout);
    file.Begin(name, layout.offset);
    Writer writer(file);
    faiss::write_index(&index, &writer);
  });
}

void WriteFaissFile(const faiss::Index& index, const std::filesystem::path& path) {
  AtomicFile file(path);
  CallFaiss(ErrorCode::kEngineFailed, "the index cannot be written", [&] {
    Writer writer(file);
    faiss::write_index(&index, &writer);
  });
  file.Commit();
}

std::unique_ptr<faiss::Index> ReadFaissIndex(std::span<const std::byte> bytes,
                                             const faiss_format::Contents& contents, bool in_place,
                                             const std::filesystem::path& path) {
  const bool tables = contents.table_bytes <= kTableBytes + kTableBytesPerByte * bytes.size();
  const int flags = tables ? 0 : faiss::IO_FLAG_SKIP_PRECOMPUTE_TABLE;
  return CallFaiss(ErrorCode::kFileCorrupt, path.string() + " holds an index that FAISS cannot read", [&] {
    std::unique_ptr<faiss::Index> index;
    if (in_place) {
      faiss::ZeroCopyIOReader reader(reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size());
      index.reset(faiss::read_index(&reader, flags));
    } else {
      CopyReader reader(bytes);
      index.reset(faiss::read_index(&reader, flags));
    }
    if (contents.id_map) {  // what is below, without the ids
      auto& map = dynamic_cast<faiss::IndexIDMap&>(*index);
      std::unique_ptr<faiss::Index> below(std::exchange(map.index, nullptr));
      index = std::move(below);
    }
    Prepare(*index, path);
    return index;
  });
}

}  // namespace densenode
