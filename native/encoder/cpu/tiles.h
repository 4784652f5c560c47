// AMX tiles of 16 rows of 64 bytes, all eight of them: what kernels of every type use.
#pragma once

#include <immintrin.h>

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

}  // namespace
}  // namespace densenode::cpu
