// AMX tiles of 16 rows of 64 bytes, all eight of them: what kernels of every type use.
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
  std::uint16_t row_bytes[16] = {64, 64, 64, 64, 64, 64, 64, 64};
  std::uint8_t rows[16] = {16, 16, 16, 16, 16, 16, 16, 16};
};
static_assert(sizeof(TileConfiguration) == 64);

// Not on the stack: GCC 12 takes _tile_loadconfig for a read of 8 bytes and drops the writes of the others.
constexpr TileConfiguration kFullTiles;

void EnterTiles() { _tile_loadconfig(&kFullTiles); }
void LeaveTiles() { _tile_release(); }

// The tiles of C, 16 x 16 values of 32 bits each: 0 and 1 its upper 16 rows, 2 and 3 its lower ones. `c` is
// the first row of the upper ones, `stride` bytes from row to row.
inline void ZeroUpper() {
  _tile_zero(0);
  _tile_zero(1);
}
inline void ZeroLower() {
  _tile_zero(2);
  _tile_zero(3);
}
inline void StoreUpper(void* c, std::size_t stride) {
  _tile_stored(0, c, stride);
  _tile_stored(1, static_cast<char*>(c) + 64, stride);
}
inline void StoreLower(void* c, std::size_t stride) {
  char* const lower = static_cast<char*>(c) + 16 * stride;
  _tile_stored(2, lower, stride);
  _tile_stored(3, lower + 64, stride);
}

// Where the tiles of a product are: `upper` and `lower` 16 rows of A, a panel of two tiles for each block.
struct TileOperands {
  const void* upper;
  const void* lower;
  std::size_t step, stride;  // bytes from block to block of A, and from row to row
  const void* panel;
  std::size_t panel_step;
};

// Adds the products of `blocks` blocks to tiles 0 and 1 and, where there are lower rows, 2 and 3. Dot::Upper
// multiplies tile 4 with 6 and 7, Dot::Lower tile 5; before(i) comes before block i, between(i) between its
// upper and its lower products, after(i) behind them.
template <typename Dot, typename Before, typename Between, typename After>
inline void MultiplyTiles(const TileOperands& operands, std::size_t blocks, bool has_lower,
                          const Before& before, const Between& between, const After& after) {
  const auto at = [](const void* begin, std::size_t bytes) {
    return static_cast<const char*>(begin) + bytes;
  };
  for (std::size_t i = 0; i < blocks; ++i) {
    before(i);
    const char* const panel = at(operands.panel, i * operands.panel_step);
    _tile_loadd(4, at(operands.upper, i * operands.step), operands.stride);
    _tile_loadd(6, panel, 64);
    _tile_loadd(7, panel + operands.panel_step / 2, 64);
    Dot::Upper();
    between(i);
    if (has_lower) {
      _tile_loadd(5, at(operands.lower, i * operands.step), operands.stride);
      Dot::Lower();
    }
    after(i);
  }
}

template <typename Dot, typename Before>
inline void MultiplyTiles(const TileOperands& operands, std::size_t blocks, bool has_lower,
                          const Before& before) {
  const auto nothing = [](std::size_t) {};
  MultiplyTiles<Dot>(operands, blocks, has_lower, before, nothing, nothing);
}

}  // namespace
}  // namespace densenode::cpu
