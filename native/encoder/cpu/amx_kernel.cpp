// Products on AMX tiles: 32 x 32 of C in four tiles, two tiles of A, two of the panel.
#include <immintrin.h>

#include "encoder/cpu/product_kernel.h"
#include "encoder/cpu/tiles.h"

namespace densenode::cpu {
namespace {

struct Dot {
  static void Upper() {
    _tile_dpbf16ps(0, 4, 6);
    _tile_dpbf16ps(1, 4, 7);
  }
  static void Lower() {
    _tile_dpbf16ps(2, 5, 6);
    _tile_dpbf16ps(3, 5, 7);
  }
};

void Multiply(const Bf16* a, std::size_t a_stride, const Bf16* panel, std::size_t blocks, std::size_t rows,
              float* c, std::size_t c_stride, bool accumulate) {
  const std::size_t a_bytes = a_stride * sizeof(Bf16), c_bytes = c_stride * sizeof(float);
  const bool both = rows > 16;
  float* const lower = c + 16 * c_stride;
  if (accumulate) {
    _tile_loadd(0, c, c_bytes);
    _tile_loadd(1, c + 16, c_bytes);
    if (both) {
      _tile_loadd(2, lower, c_bytes);
      _tile_loadd(3, lower + 16, c_bytes);
    }
  } else {
    _tile_zero(0);
    _tile_zero(1);
    _tile_zero(2);
    _tile_zero(3);
  }
  const TileOperands operands{.upper = a,
                              .lower = a + 16 * a_stride,
                              .step = kBlock * sizeof(Bf16),
                              .stride = a_bytes,
                              .panel = panel,
                              .panel_step = kPanelBlock * sizeof(Bf16)};
  const auto nothing = [](std::size_t) {};
  if (both) {
    MultiplyTiles<Dot>(operands, blocks, true, nothing);
    _tile_stored(2, lower, c_bytes);
    _tile_stored(3, lower + 16, c_bytes);
  } else {
    MultiplyTiles<Dot>(operands, blocks, false, nothing);
  }
  _tile_stored(0, c, c_bytes);
  _tile_stored(1, c + 16, c_bytes);
}

}  // namespace

extern const ProductKernel kAmxKernel;
const ProductKernel kAmxKernel{"amx", Multiply, EnterTiles, LeaveTiles};

}  // namespace densenode::cpu
