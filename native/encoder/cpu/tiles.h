// AMX tiles of 16 rows of 64 bytes: what kernels of every type use.
#pragma once

#include <immintrin.h>

#include <cstddef>
#include <cstdint>

namespace densenode::cpu {
namespace {  // a copy for each source: they are compiled for different CPUs

struct TileConfiguration {
  std::uint8_t palette = 1;
  std::uint8_t start_row = 0;
  std::uint8_t reserved[14] = {};
  std::uint16_t row_bytes[16] = {64, 64, 64, 64, 64, 64, 64};
  std::uint8_t rows[16] = {16, 16, 16, 16, 16, 16, 16};
};
static_assert(sizeof(TileConfiguration) == 64);

// Not on the stack: GCC 12 takes _tile_loadconfig for a read of 8 bytes and drops the writes of the others.
constexpr TileConfiguration kFullTiles;

// All tiles are zero then.
void EnterTiles() { _tile_loadconfig(&kFullTiles); }
void LeaveTiles() { _tile_release(); }

// Tiles 0 to 3 are for C, values of 32 bits: 0 and 1 for the 32 columns of 16 rows, 2 and 3 for those of the
// next 16; tile 4 is for A, 5 and 6 for the two of B. Each is zero again as soon as it has been used: a tile
// that is zero takes none of the registers behind the tiles, and of these a core has too few for two threads
// that both hold eight. Loads and products then wait for each other and take two to three times as long, as
// soon as anything runs on the core's other thread (measured on Emerald Rapids).
inline void FreeA() { _tile_zero(4); }
inline void FreeLeft() { _tile_zero(5); }
inline void FreeRight() { _tile_zero(6); }

// `c` is the first row of the upper tiles, `stride` bytes from row to row.
inline void StoreUpper(void* c, std::size_t stride) {
  _tile_stored(0, c, stride);
  _tile_stored(1, static_cast<char*>(c) + 64, stride);
  _tile_zero(0);
  _tile_zero(1);
}
inline void StoreLower(void* c, std::size_t stride) {
  char* const lower = static_cast<char*>(c) + 16 * stride;
  _tile_stored(2, lower, stride);
  _tile_stored(3, lower + 64, stride);
  _tile_zero(2);
  _tile_zero(3);
}

// Which side of a product passes through the first-level cache, read with the hint that it is not needed
// there again (TILELOADDT1), so that the other one stays.
enum class Passing { kNeither, kA, kPanel };

template <bool kPasses>
inline void LoadA(const char* rows, std::size_t stride) {
  if constexpr (kPasses) {
    _tile_stream_loadd(4, rows, stride);
  } else {
    _tile_loadd(4, rows, stride);
  }
}

template <bool kPasses>
inline void LoadPanel(const char* left, const char* right) {
  if constexpr (kPasses) {
    _tile_stream_loadd(5, left, 64);
    _tile_stream_loadd(6, right, 64);
  } else {
    _tile_loadd(5, left, 64);
    _tile_loadd(6, right, 64);
  }
}

// 16 or 32 rows of A, and a panel of B, which has two tiles for each block.
struct TileOperands {
  const void* a;
  std::size_t step, stride;  // bytes from block to block of A, and from row to row
  std::size_t lower;         // bytes from the upper rows of A to the lower ones
  const void* panel;
  std::size_t panel_step;
};

// Adds the products of `blocks` blocks to the upper tiles of C and, where there are lower rows, to the lower
// ones; after(i) comes behind those of block i. Dot::UpperLeft adds the product of tiles 4 and 5 to tile 0,
// UpperRight that of 4 and 6 to 1, LowerLeft that of 4 and 5 to 2, LowerRight that of 4 and 6 to 3.
template <typename Dot, Passing kPassing, typename After>
inline void MultiplyTiles(const TileOperands& operands, std::size_t blocks, bool has_lower,
                          const After& after) {
  for (std::size_t i = 0; i < blocks; ++i) {
    const char* const a = static_cast<const char*>(operands.a) + i * operands.step;
    const char* const panel = static_cast<const char*>(operands.panel) + i * operands.panel_step;
    LoadPanel<kPassing == Passing::kPanel>(panel, panel + operands.panel_step / 2);
    LoadA<kPassing == Passing::kA>(a, operands.stride);
    Dot::UpperLeft();
    Dot::UpperRight();
    FreeA();
    if (has_lower) {
      LoadA<kPassing == Passing::kA>(a + operands.lower, operands.stride);
      Dot::LowerRight();
      FreeRight();
      Dot::LowerLeft();
      FreeA();
    } else {
      FreeRight();
    }
    FreeLeft();
    after(i);
  }
}

}  // namespace
}  // namespace densenode::cpu
