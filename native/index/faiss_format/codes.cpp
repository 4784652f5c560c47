// Families that keep one code a vector, in the order of the vectors.
#include "index/faiss_format/families.h"

namespace densenode::faiss_format {
namespace {

constexpr std::int32_t kPlainPqSearch = 0;  // faiss::IndexPQ::ST_PQ; the others are polysemous
constexpr std::size_t kMostQueryBits = 8;

}  // namespace

Contents ReadFlat(Cursor& cursor, std::string_view code) {
  Contents index = ReadHeader(cursor);
  const std::string_view expected = index.metric == faiss::METRIC_INNER_PRODUCT ? "IxFI"
                                    : index.metric == faiss::METRIC_L2          ? "IxF2"
                                                                                : "IxFl";
  cursor.Require(code == expected, "vectors of another metric than their kind");
  cursor.Require(index.trained, "vectors, but without training");
  cursor.Array<float>(index.count * index.dimension, "values");
  index.factory = "Flat";
  return index;
}

Contents ReadScalarCodes(Cursor& cursor, std::string_view) {
  Contents index = ReadHeader(cursor);
  const Quantizer quantizer = ReadScalarQuantizer(cursor, index.dimension, index.trained);
  cursor.Array<std::uint8_t>(index.count * quantizer.code_size, "codes");
  index.factory = quantizer.factory;
  return index;
}

Contents ReadProductCodes(Cursor& cursor, std::string_view) {
  Contents index = ReadHeader(cursor);
  const Quantizer quantizer = ReadProductQuantizer(cursor, index.dimension);
  cursor.Array<std::uint8_t>(index.count * quantizer.code_size, "codes");
  cursor.Offer(cursor.Read<std::int32_t>() == kPlainPqSearch, "an IndexPQ with polysemous search");
  cursor.ReadBool();  // encode_signs and polysemous_ht: of polysemous search
  cursor.Read<std::int32_t>();
  index.subvectors = quantizer.subvectors;
  index.factory = quantizer.factory;
  return index;
}

Contents ReadRaBitCodes(Cursor& cursor, std::string_view) {
  Contents index = ReadHeader(cursor);
  const Quantizer quantizer = ReadRaBitQuantizer(cursor, index);
  cursor.Array<std::uint8_t>(index.count * quantizer.code_size, "codes");
  cursor.Array<float>(index.trained ? index.dimension : 0, "values of the center");
  cursor.Require(cursor.Read<std::uint8_t>() <= kMostQueryBits, "more than 8 bits a value of a query");
  index.factory = quantizer.factory;
  return index;
}

Contents ReadFastScanCodes(Cursor& cursor, std::string_view) {
  Contents index = ReadHeader(cursor);
  const Quantizer quantizer = ReadProductQuantizer(cursor, index.dimension);
  const auto implementation = cursor.Read<std::int32_t>();
  const auto block = cursor.Read<std::int32_t>();
  const auto query_block = cursor.Read<std::int32_t>();
  const auto padded_count = cursor.Read<std::uint64_t>();
  const auto padded_subvectors = cursor.Read<std::uint64_t>();
  cursor.Offer(implementation == 0 && query_block == 0 && block == kFastScanBlock,
               "an IndexPQFastScan with settings of its own");
  const std::size_t blocks = (index.count + kFastScanBlock - 1) / kFastScanBlock;
  const std::size_t code_bytes = FastScanCodeBytes(quantizer.subvectors);
  cursor.Require(
      quantizer.bits == 4 && padded_count == blocks * kFastScanBlock && padded_subvectors == 2 * code_bytes,
      "fast-scan codes that are not of their kind");
  cursor.Array<std::uint8_t>(padded_count * code_bytes, "codes");
  index.subvectors = quantizer.subvectors;
  index.factory = quantizer.factory + "fs";
  return index;
}

}  // namespace densenode::faiss_format
