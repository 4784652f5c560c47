// Products on AMX tiles: 32 x 32 of C in four tiles, two tiles of A, two of the panel.
#include <immintrin.h>

#include <algorithm>

#include "encoder/cpu/product_kernel.h"
#include "encoder/cpu/tiles.h"

namespace densenode::cpu {
namespace {

struct Bf16Dot {
  static void Upper() {
    _tile_dpbf16ps(0, 4, 6);
    _tile_dpbf16ps(1, 4, 7);
  }
  static void Lower() {
    _tile_dpbf16ps(2, 5, 6);
    _tile_dpbf16ps(3, 5, 7);
  }
};
struct ByteDot {
  static void Upper() {
    _tile_dpbusd(0, 4, 6);
    _tile_dpbusd(1, 4, 7);
  }
  static void Lower() {
    _tile_dpbusd(2, 5, 6);
    _tile_dpbusd(3, 5, 7);
  }
};

// `stride` bytes from row to row of A.
TileOperands Operands(const void* a, std::size_t stride, const void* panel) {
  return {.upper = a,
          .lower = static_cast<const std::byte*>(a) + 16 * stride,
          .step = kBlockBytes,
          .stride = stride,
          .panel = panel,
          .panel_step = kBlockBytes * kBlock};
}

void Multiply(const Bf16* a, std::size_t a_stride, const Bf16* panel, std::size_t blocks, std::size_t rows,
              float* c, std::size_t c_stride) {
  const bool both = rows > 16;
  ZeroUpper();
  if (both) ZeroLower();
  MultiplyTiles<Bf16Dot>(Operands(a, a_stride * sizeof(Bf16), panel), blocks, both, [](std::size_t) {});
  StoreUpper(c, c_stride * sizeof(float));
  if (both) StoreLower(c, c_stride * sizeof(float));
}

// A store of a tile waits for the tile's last product, and what comes behind it in the program soon waits
// too. So the lower tiles of a block are stored when the first products of the next one are on their way, and
// the sink takes a few rows of the block before behind each step.
template <typename Dot>
void MultiplyBlocks(const Product& product, ProductSink* sink) {
  ProductBlock before{};  // lower tiles not stored, no row taken
  std::size_t taken = 0;
  const auto end_block = [&] {
    if (before.rows > 16) StoreLower(before.values, before.stride * sizeof(float));
  };
  const auto take = [&](std::size_t rows) {
    const std::size_t end = std::min(before.rows, taken + rows);
    if (taken < end) sink->Take(before, taken, end);
    taken = end;
  };
  const std::size_t rows_a_step = (kBlock + product.blocks - 1) / product.blocks;
  product.ForBlocks([&](std::size_t row, std::size_t column, std::size_t rows) {
    const ProductBlock block = sink->Place(row, column, rows);
    const TileOperands operands =
        Operands(product.a_of(row), product.blocks * kBlockBytes, product.panel(column));
    const auto zero_upper = [](std::size_t step) {
      if (step == 0) ZeroUpper();
    };
    const auto change_lower = [&](std::size_t step) {
      if (step > 0) return;
      end_block();
      ZeroLower();
    };
    taken = 0;
    MultiplyTiles<Dot>(operands, product.blocks, rows > 16, zero_upper, change_lower,
                       [&](std::size_t) { take(rows_a_step); });
    StoreUpper(block.values, block.stride * sizeof(float));
    before = block;
  });
  end_block();
  taken = 0;
  take(kBlock);
}

void MultiplyAll(const Product& product, ProductSink* sink) {
  if (product.factors == Factors::kBytes) return MultiplyBlocks<ByteDot>(product, sink);
  MultiplyBlocks<Bf16Dot>(product, sink);
}

}  // namespace

extern const ProductKernel kAmxKernel;
const ProductKernel kAmxKernel{"amx", MultiplyAll, Multiply, EnterTiles, LeaveTiles};

}  // namespace densenode::cpu
