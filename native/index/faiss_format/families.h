// The readers of faiss_format by family. Each leaves the cursor behind its part.
#pragma once

#include <faiss/MetricType.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "index/faiss_format/contents.h"
#include "index/faiss_format/cursor.h"

namespace densenode::faiss_format {

// What an index may be part of, outermost first. Each holds only what stands below it, so nesting ends.
enum Role : unsigned {
  kIdMap = 1,      // the whole file
  kRefine = 2,     // or below an IndexIDMap
  kTransform = 4,  // or below a refinement
  kBase = 8,       // or below transforms
  kStorage = 16,   // of a graph
  kCoarse = 32,    // of inverted lists
  kRefiner = 64,   // second index of a refinement
};

// Any index that may have one of `roles`.
Contents ReadIndex(Cursor& cursor, unsigned roles);

// The fields that every index begins with; fills all of Contents but what belongs to a family.
Contents ReadHeader(Cursor& cursor);
// Throws unless `inner` is as `outer` in dimension, metric, count and training.
void RequireSame(const Cursor& cursor, const Contents& outer, const Contents& inner);

// A part of a factory string: "PQ" and 8 give "PQ8".
inline std::string Numbered(std::string name, std::size_t number) { return name += std::to_string(number); }

// Quantizers; `factory` is their part of a factory string.
struct Quantizer {
  std::size_t code_size = 0;
  std::size_t subvectors = 0;
  std::size_t bits = 0;
  std::string factory;
};
Quantizer ReadProductQuantizer(Cursor& cursor, std::size_t dimension);
Quantizer ReadScalarQuantizer(Cursor& cursor, std::size_t dimension, bool trained);
Quantizer ReadRaBitQuantizer(Cursor& cursor, const Contents& index);

// Readers of families: the code has been read. (codes.cpp)
Contents ReadFlat(Cursor& cursor, std::string_view code);
Contents ReadScalarCodes(Cursor& cursor, std::string_view code);
Contents ReadProductCodes(Cursor& cursor, std::string_view code);
Contents ReadRaBitCodes(Cursor& cursor, std::string_view code);
Contents ReadFastScanCodes(Cursor& cursor, std::string_view code);
// (hnsw.cpp)
Contents ReadHnsw(Cursor& cursor, std::string_view code);
// (inverted_lists.cpp)
Contents ReadMultiIndex(Cursor& cursor, std::string_view code);
Contents ReadFlatLists(Cursor& cursor, std::string_view code);
Contents ReadScalarLists(Cursor& cursor, std::string_view code);
Contents ReadProductLists(Cursor& cursor, std::string_view code);
Contents ReadFastScanLists(Cursor& cursor, std::string_view code);
Contents ReadRaBitLists(Cursor& cursor, std::string_view code);
// (layers.cpp)
Contents ReadTransforms(Cursor& cursor, std::string_view code);
Contents ReadRefinement(Cursor& cursor, std::string_view code);
Contents ReadIdMap(Cursor& cursor, std::string_view code);

// Fast scan puts the codes of this many vectors into one block.
inline constexpr std::size_t kFastScanBlock = 32;
// Bytes of one fast-scan code of 4 bits a sub-vector.
constexpr std::size_t FastScanCodeBytes(std::size_t subvectors) { return (subvectors + 1) / 2; }

}  // namespace densenode::faiss_format
