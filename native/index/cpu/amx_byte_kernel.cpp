// Products of bytes on AMX tiles: 32 x 32 in four tiles, two tiles of queries, two of the panel.
#include <immintrin.h>

#include "encoder/cpu/tiles.h"
#include "index/cpu/byte_kernel.h"

namespace densenode::cpu {
namespace {

constexpr std::size_t kProductBytes = kPanelVectors * sizeof(std::int32_t);

// Few rows wait for memory: what lies this far ahead of a panel is fetched with it, as the CPU does not look
// beyond a page on its own.
constexpr std::size_t kAhead = 8192;

void FetchAhead(const std::uint8_t* panel_block) {
  for (std::size_t i = 0; i < kBytePanelBlock; i += 64) {
    _mm_prefetch(reinterpret_cast<const char*>(panel_block + kAhead + i), _MM_HINT_T0);
  }
}

void Multiply(const std::int8_t* queries, const std::uint8_t* panel, std::size_t blocks, std::size_t rows,
              std::int32_t* products) {
  _tile_zero(0);
  _tile_zero(1);
  if (rows > kTileRows) {
    const std::int8_t* const lower = queries + blocks * kQueryTile;
    _tile_zero(2);
    _tile_zero(3);
    for (std::size_t i = 0; i < blocks; ++i) {
      _tile_loadd(4, queries + i * kQueryTile, kByteBlock);
      _tile_loadd(6, panel + i * kBytePanelBlock, 64);
      _tile_loadd(7, panel + i * kBytePanelBlock + kBytePanelBlock / 2, 64);
      _tile_loadd(5, lower + i * kQueryTile, kByteBlock);
      _tile_dpbsud(0, 4, 6);
      _tile_dpbsud(1, 4, 7);
      _tile_dpbsud(2, 5, 6);
      _tile_dpbsud(3, 5, 7);
    }
    _tile_stored(2, products + kTileRows * kPanelVectors, kProductBytes);
    _tile_stored(3, products + kTileRows * kPanelVectors + 16, kProductBytes);
  } else {
    for (std::size_t i = 0; i < blocks; ++i) {
      FetchAhead(panel + i * kBytePanelBlock);
      _tile_loadd(4, queries + i * kQueryTile, kByteBlock);
      _tile_loadd(6, panel + i * kBytePanelBlock, 64);
      _tile_loadd(7, panel + i * kBytePanelBlock + kBytePanelBlock / 2, 64);
      _tile_dpbsud(0, 4, 6);
      _tile_dpbsud(1, 4, 7);
    }
  }
  _tile_stored(0, products, kProductBytes);
  _tile_stored(1, products + 16, kProductBytes);
}

}  // namespace

extern const ByteKernel kAmxByteKernel;
const ByteKernel kAmxByteKernel{"amx_int8", Multiply, EnterTiles, LeaveTiles};

}  // namespace densenode::cpu
