// Products of bytes on AMX tiles.
#include <immintrin.h>

#include "encoder/cpu/tiles.h"
#include "index/cpu/byte_kernel.h"

namespace densenode::cpu {
namespace {

constexpr std::size_t kProductBytes = kPanelVectors * sizeof(std::int32_t);

void FetchAhead(const std::uint8_t* panel_block) {
  for (std::size_t i = 0; i < kBytePanelBlock; i += 64) {
    _mm_prefetch(reinterpret_cast<const char*>(panel_block + kPanelAhead + i), _MM_HINT_T0);
  }
}

struct Dot {
  static void UpperLeft() { _tile_dpbsud(0, 4, 5); }
  static void UpperRight() { _tile_dpbsud(1, 4, 6); }
  static void LowerLeft() { _tile_dpbsud(2, 4, 5); }
  static void LowerRight() { _tile_dpbsud(3, 4, 6); }
};

void Multiply(const std::int8_t* queries, const std::uint8_t* panel, std::size_t blocks, std::size_t rows,
              std::int32_t* products) {
  const TileOperands operands{.a = queries,
                              .step = kQueryTile,
                              .stride = kByteBlock,
                              .lower = blocks * kQueryTile,
                              .panel = panel,
                              .panel_step = kBytePanelBlock};
  if (rows > kTileRows) {
    MultiplyTiles<Dot, Passing::kNeither>(operands, blocks, true, [](std::size_t) {});
    StoreLower(products, kProductBytes);
  } else {
    MultiplyTiles<Dot, Passing::kNeither>(
        operands, blocks, false, [panel](std::size_t block) { FetchAhead(panel + block * kBytePanelBlock); });
  }
  StoreUpper(products, kProductBytes);
}

}  // namespace

extern const ByteKernel kAmxByteKernel;
const ByteKernel kAmxByteKernel{"amx_int8", Multiply, EnterTiles, LeaveTiles};

}  // namespace densenode::cpu
