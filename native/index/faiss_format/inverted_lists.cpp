#include <algorithm>
#include <cstdint>
#include <limits>

#include "index/faiss_format/families.h"

namespace densenode::faiss_format {
namespace {

constexpr std::size_t kMostLists = std::size_t{1} << 24;
constexpr std::size_t kMostQueryBits = 8;
constexpr std::uint64_t kNoCodeSize = std::numeric_limits<std::uint64_t>::max();  // of blocks

struct Ivf : Contents {
  std::size_t lists = 0;
  std::size_t coarse_centroids = 0;  // that a table of a product quantizer has a row for
};

// A map from ids to lists: an index opened by densenode does without it.
void ReadDirectMap(Cursor& cursor, std::size_t count) {
  enum { kNone, kArray, kHash };
  const auto type = cursor.Read<std::uint8_t>();
  cursor.Require(type <= kHash, "a direct map of an unknown kind");
  cursor.Array<std::int64_t>(type == kArray ? count : 0, "entries of its direct map");
  if (type == kHash) {
    cursor.Require(cursor.Read<std::uint64_t>() == count,
                   "another number of ids in its direct map than it has");
    cursor.Values<std::int64_t>(2 * count);
  }
}

Ivf ReadIvf(Cursor& cursor) {
  Ivf index{ReadHeader(cursor)};
  index.lists = cursor.Read<std::uint64_t>();
  const auto probes = cursor.Read<std::uint64_t>();
  cursor.Require(index.lists >= 1 && index.lists <= kMostLists && probes >= 1, index.lists,
                 " inverted lists, of which ", probes, " are searched");
  const Contents coarse = ReadIndex(cursor, kCoarse);
  cursor.Require(coarse.dimension == index.dimension, "parts of different dimensions");
  cursor.Offer(coarse.metric == index.metric, "an inverted file whose coarse quantizer has another metric");
  cursor.Require(index.trained ? coarse.trained && coarse.count == index.lists : coarse.count <= index.lists,
                 "a coarse quantizer of ", coarse.count, " lists for ", index.lists);
  ReadDirectMap(cursor, index.count);
  const bool multi = coarse.factory.starts_with("IMI");
  index.coarse_centroids = multi ? std::size_t{1} << coarse.subvectors : index.lists;
  index.factory = multi ? coarse.factory : Numbered("IVF", index.lists);
  if (coarse.factory.starts_with("HNSW")) {
    index.factory.append("_").append(coarse.factory, 0, coarse.factory.find(','));
  }
  index.factory += ",";
  return index;
}

// Adds up what the lists hold.
class ListCheck {
 public:
  ListCheck(const Cursor& cursor, Ivf& index) : cursor_(cursor), index_(index) {}
  void Size(std::size_t size) {
    cursor_.Require(size <= index_.count - total_, "more vectors in its inverted lists than it has");
    total_ += size;
  }
  void Ids(const Packed<std::int64_t>& ids) {
    for (std::size_t i = 0; i < ids.size(); ++i) {
      cursor_.Require(ids[i] >= 0, "an id of ", ids[i]);
      index_.largest_list_id = std::max(index_.largest_list_id, ids[i]);
    }
  }
  void End() const {
    cursor_.Require(total_ == index_.count, "fewer vectors in its inverted lists than it has");
  }

 private:
  const Cursor& cursor_;
  Ivf& index_;
  std::size_t total_ = 0;
};

void ReadListsCode(Cursor& cursor, std::string_view expected) {
  const std::string_view code = cursor.ReadCode();
  cursor.Offer(code != "ilod", "an inverted file whose lists are in another file");
  cursor.Offer(code != "il00", "an inverted file without its lists");
  cursor.Require(code == expected, "inverted lists of another kind");
}

// One list after the other: codes, then ids.
void ReadArrayLists(Cursor& cursor, Ivf& index, std::size_t code_size) {
  ReadListsCode(cursor, "ilar");
  const auto lists = cursor.Read<std::uint64_t>();
  const auto own_code_size = cursor.Read<std::uint64_t>();
  cursor.Require(lists == index.lists && own_code_size == code_size, "inverted lists that are not its own");
  const std::string_view kind = cursor.ReadCode();
  const bool sparse = kind == "sprs";  // pairs of list and size, for those that are not empty
  cursor.Require(sparse || kind == "full", "inverted lists of unknown sizes");
  const auto sizes =
      sparse ? cursor.Array<std::uint64_t>() : cursor.Array<std::uint64_t>(lists, "inverted lists");
  cursor.Require(!sparse || sizes.size() % 2 == 0, "inverted lists of unknown sizes");
  for (std::size_t i = 0; sparse && i < sizes.size(); i += 2) {
    cursor.Require(sizes[i] < lists && (i == 0 || sizes[i] > sizes[i - 2]), "inverted lists in disorder");
  }
  ListCheck check(cursor, index);
  for (std::size_t i = sparse ? 1 : 0; i < sizes.size(); i += sparse ? 2 : 1) {
    check.Size(sizes[i]);
    cursor.Values<std::uint8_t>(sizes[i] * code_size);
    check.Ids(cursor.Values<std::int64_t>(sizes[i]));
  }
  check.End();
}

void ReadBlockLists(Cursor& cursor, Ivf& index, std::size_t code_size, std::size_t block_bytes) {
  ReadListsCode(cursor, "ilbl");
  const auto lists = cursor.Read<std::uint64_t>();
  const auto own_code_size = cursor.Read<std::uint64_t>();
  const auto codes_per_block = cursor.Read<std::uint64_t>();
  const auto own_block_bytes = cursor.Read<std::uint64_t>();
  cursor.Require(lists == index.lists && (own_code_size == kNoCodeSize || own_code_size == code_size) &&
                     codes_per_block == kFastScanBlock && own_block_bytes == block_bytes,
                 "inverted lists that are not its own");
  ListCheck check(cursor, index);
  for (std::size_t list = 0; list < lists; ++list) {
    const auto ids = cursor.Array<std::int64_t>();
    check.Size(ids.size());
    check.Ids(ids);
    const std::size_t blocks = (ids.size() + kFastScanBlock - 1) / kFastScanBlock;
    cursor.Array<std::uint8_t>(blocks * block_bytes, "codes");
  }
  check.End();
}

}  // namespace

Contents ReadMultiIndex(Cursor& cursor, std::string_view) {
  Contents index = ReadHeader(cursor);
  const Quantizer quantizer = ReadProductQuantizer(cursor, index.dimension);
  cursor.Offer(quantizer.subvectors == 2, "a MultiIndexQuantizer of ", quantizer.subvectors, " parts");
  cursor.Require(index.count == (index.trained ? std::size_t{1} << (2 * quantizer.bits) : 0),
                 "a multi-index of another number of lists");
  index.subvectors = quantizer.bits;
  index.factory = Numbered("IMI2x", quantizer.bits);
  return index;
}

Contents ReadFlatLists(Cursor& cursor, std::string_view) {
  Ivf index = ReadIvf(cursor);
  ReadArrayLists(cursor, index, index.dimension * sizeof(float));
  index.factory += "Flat";
  return index;
}

Contents ReadScalarLists(Cursor& cursor, std::string_view) {
  Ivf index = ReadIvf(cursor);
  const Quantizer quantizer = ReadScalarQuantizer(cursor, index.dimension, index.trained);
  cursor.Require(cursor.Read<std::uint64_t>() == quantizer.code_size,
                 "a code size that is not its quantizer's");
  cursor.ReadBool();  // by_residual
  ReadArrayLists(cursor, index, quantizer.code_size);
  index.factory += quantizer.factory;
  return index;
}

Contents ReadProductLists(Cursor& cursor, std::string_view) {
  Ivf index = ReadIvf(cursor);
  const bool by_residual = cursor.ReadBool();
  const auto code_size = cursor.Read<std::uint64_t>();
  const Quantizer quantizer = ReadProductQuantizer(cursor, index.dimension);
  cursor.Require(code_size == quantizer.code_size, "a code size that is not its quantizer's");
  ReadArrayLists(cursor, index, code_size);
  index.subvectors = quantizer.subvectors;
  index.factory += quantizer.factory;
  if (index.trained && by_residual && index.metric == faiss::METRIC_L2) {
    index.table_bytes = index.coarse_centroids * quantizer.subvectors * sizeof(float) << quantizer.bits;
  }
  return index;
}

Contents ReadFastScanLists(Cursor& cursor, std::string_view) {
  Ivf index = ReadIvf(cursor);
  const bool by_residual = cursor.ReadBool();
  const auto code_size = cursor.Read<std::uint64_t>();
  const auto block = cursor.Read<std::int32_t>();
  const auto padded_subvectors = cursor.Read<std::uint64_t>();
  const auto implementation = cursor.Read<std::int32_t>();
  const auto query_block = cursor.Read<std::uint64_t>();
  const Quantizer quantizer = ReadProductQuantizer(cursor, index.dimension);
  cursor.Offer(implementation == 0 && query_block == 0 && block == kFastScanBlock,
               "an IndexIVFPQFastScan with settings of its own");
  const std::size_t code_bytes = FastScanCodeBytes(quantizer.subvectors);
  cursor.Require(
      quantizer.bits == 4 && code_size == quantizer.code_size && padded_subvectors == 2 * code_bytes,
      "fast-scan codes that are not of their kind");
  ReadBlockLists(cursor, index, code_size, kFastScanBlock * code_bytes);
  index.subvectors = quantizer.subvectors;
  index.factory += quantizer.factory + (by_residual ? "fsr" : "fs");
  return index;
}

Contents ReadRaBitLists(Cursor& cursor, std::string_view) {
  Ivf index = ReadIvf(cursor);
  const Quantizer quantizer = ReadRaBitQuantizer(cursor, index);
  cursor.Require(cursor.Read<std::uint64_t>() == quantizer.code_size,
                 "a code size that is not its quantizer's");
  cursor.ReadBool();  // by_residual
  cursor.Require(cursor.Read<std::uint8_t>() <= kMostQueryBits, "more than 8 bits a value of a query");
  ReadArrayLists(cursor, index, quantizer.code_size);
  index.factory += quantizer.factory;
  return index;
}

}  // namespace densenode::faiss_format
