#include "index/faiss_io.h"

#include <faiss/IndexIVFPQFastScan.h>
#include <faiss/impl/zerocopy_io.h>
#include <faiss/index_io.h>

#include <algorithm>

#include "index/faiss_call.h"
#include "index/faiss_layers.h"
#include "index/faiss_read_guard.h"
#include "index/same_shape.h"

namespace densenode {
namespace {

struct SectionWriter : faiss::IOWriter {
  explicit SectionWriter(ContainerWriter& to) : file(to) {}
  std::size_t operator()(const void* data, std::size_t size, std::size_t count) override {
    file.Write(data, size * count);
    return count;
  }
  ContainerWriter& file;
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
  CopyReader(std::span<const std::byte> bytes, FaissReadGuard& watcher) : rest(bytes), guard(watcher) {}
  std::size_t operator()(void* data, std::size_t size, std::size_t count) override {
    if (size == 0) return 0;
    count = std::min(count, rest.size() / size);
    if (count > 0) std::memcpy(data, rest.data(), size * count);
    rest = rest.subspan(size * count);
    guard.Saw(data, size, count);
    return count;
  }
  std::span<const std::byte> rest;
  FaissReadGuard& guard;
};

struct InPlaceReader : faiss::ZeroCopyIOReader {
  InPlaceReader(std::span<const std::byte> bytes, FaissReadGuard& watcher)
      : ZeroCopyIOReader(reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()), guard(watcher) {}
  std::size_t operator()(void* data, std::size_t size, std::size_t count) override {
    const std::size_t read = ZeroCopyIOReader::operator()(data, size, count);
    guard.Saw(data, size, read);
    return read;
  }
  FaissReadGuard& guard;
};

}  // namespace

void WriteFaissSection(const faiss::Index& index, std::string_view name, ContainerWriter& file) {
  CallFaiss(ErrorCode::kEngineFailed, "the index cannot be written", [&] {
    LargestArray layout;
    faiss::write_index(&index, &layout);
    file.Begin(name, layout.offset);
    SectionWriter writer(file);
    faiss::write_index(&index, &writer);
  });
}

std::unique_ptr<faiss::Index> ReadFaissSection(std::span<const std::byte> bytes, bool in_place,
                                               faiss::Index& expected, const std::filesystem::path& path) {
  const FaissLayers layers(expected);
  FaissReadGuard guard(bytes.size(), layers.ivf ? layers.ivf->nlist : 0, !layers.product_quantizers().empty(),
                       in_place, path);
  auto index =
      CallFaiss(ErrorCode::kFileCorrupt, path.string() + " holds an index that FAISS cannot read", [&] {
        if (in_place) {
          InPlaceReader reader(bytes, guard);
          return std::unique_ptr<faiss::Index>(faiss::read_index(&reader));
        }
        CopyReader reader(bytes, guard);
        return std::unique_ptr<faiss::Index>(faiss::read_index(&reader));
      });
  if (!index || !SameShape(*index, expected)) {
    Fail(ErrorCode::kFileCorrupt, path, " holds an index that is not what its description says");
  }
  // FAISS reads everything but the pointer through which this family decodes vectors.
  if (auto* scan = dynamic_cast<faiss::IndexIVFPQFastScan*>(FaissLayers(*index).ivf)) {
    scan->fine_quantizer = &scan->pq;
  }
  return index;
}

}  // namespace densenode
