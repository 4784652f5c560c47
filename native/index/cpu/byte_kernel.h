// Products of the codes of vectors with queries of 8 bits.
#pragma once

#include <cstddef>
#include <cstdint>

namespace densenode::cpu {

// Codes are padded to multiples of this: a vector register, a row of a tile.
constexpr std::size_t kByteBlock = 64;
// Vectors of a panel. It holds, for each 64 values of them, two tiles, of vectors 0 to 15 and 16 to 31; a
// tile is 16 x 16 groups of 4 bytes, row r and column c holding values 4r to 4r + 3 of vector c.
constexpr std::size_t kPanelVectors = 32;
constexpr std::size_t kBytePanelBlock = kByteBlock * kPanelVectors;  // bytes for 64 values

// Queries are packed likewise: for each 16 of them, a tile for each 64 values, row r holding those of query
// r.
constexpr std::size_t kTileRows = 16;
constexpr std::size_t kQueryTile = kTileRows * kByteBlock;

// Where few rows wait for memory, what lies this far ahead of a panel is fetched with it: the CPU does not
// look beyond a page on its own.
constexpr std::size_t kPanelAhead = 8192;

struct ByteKernel {
  const char* name;
  // products[rows x 32] = queries[rows x 64 blocks] * panel[64 blocks x 32], in whole numbers of 32 bits; 1
  // to 32 rows. Rows of queries up to the next multiple of 16 must be readable, those of products writable:
  // what they hold then is undefined. Between Enter and Leave only.
  void (*multiply)(const std::int8_t* queries, const std::uint8_t* panel, std::size_t blocks,
                   std::size_t rows, std::int32_t* products);
  // Make the calling thread ready, and ready for other code again.
  void (*enter)();
  void (*leave)();
};

// nullptr where the CPU lacks the instructions.
const ByteKernel* AmxByteKernel();
const ByteKernel* VnniByteKernel();
// The faster one for so many rows.
const ByteKernel* BestByteKernel(std::size_t rows);

// products[4 q + i] = queries[q] * rows[i] of `bytes` values, for `count` queries, aligned to cache lines and
// padded to kByteBlock with zeros. With AVX512-VNNI only.
void MultiplyFourRows(const std::int8_t* const* queries, std::size_t count, const std::uint8_t* const rows[4],
                      std::size_t bytes, std::int32_t* products);

}  // namespace densenode::cpu
