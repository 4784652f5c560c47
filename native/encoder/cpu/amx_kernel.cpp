// Products on AMX tiles.
#include <immintrin.h>

#include <algorithm>

#include "encoder/cpu/product_kernel.h"
#include "encoder/cpu/tiles.h"

namespace densenode::cpu {
namespace {

constexpr std::size_t kTileRows = 16;

struct Bf16Dot {
  static void UpperLeft() { _tile_dpbf16ps(0, 4, 5); }
  static void UpperRight() { _tile_dpbf16ps(1, 4, 6); }
  static void LowerLeft() { _tile_dpbf16ps(2, 4, 5); }
  static void LowerRight() { _tile_dpbf16ps(3, 4, 6); }
};
struct ByteDot {
  static void UpperLeft() { _tile_dpbusd(0, 4, 5); }
  static void UpperRight() { _tile_dpbusd(1, 4, 6); }
  static void LowerLeft() { _tile_dpbusd(2, 4, 5); }
  static void LowerRight() { _tile_dpbusd(3, 4, 6); }
};

// `stride` bytes from row to row of A.
TileOperands Operands(const void* a, std::size_t stride, const void* panel) {
  return {.a = a,
          .step = kBlockBytes,
          .stride = stride,
          .lower = kTileRows * stride,
          .panel = panel,
          .panel_step = kBlockBytes * kBlock};
}

void Multiply(const Bf16* a, std::size_t a_stride, const Bf16* panel, std::size_t blocks, std::size_t rows,
              float* c, std::size_t c_stride) {
  const bool both = rows > kTileRows;
  MultiplyTiles<Bf16Dot, Passing::kNeither>(Operands(a, a_stride * sizeof(Bf16), panel), blocks, both,
                                            [](std::size_t) {});
  StoreUpper(c, c_stride * sizeof(float));
  if (both) StoreLower(c, c_stride * sizeof(float));
}

// The first-level cache.
constexpr std::size_t kCacheBytes = std::size_t{48} << 10;

// The sink takes a few rows of the block before behind each step.
template <typename Dot, Passing kPassing>
void MultiplyBlocks(const Product& product, ProductSink* sink) {
  ProductBlock before{};
  std::size_t taken = 0;
  const auto take = [&](std::size_t rows) {
    const std::size_t end = std::min(before.rows, taken + rows);
    if (taken < end) sink->Take(before, taken, end);
    taken = end;
  };
  const std::size_t rows_a_step = (kBlock + product.blocks - 1) / product.blocks;
  product.ForBlocks([&](std::size_t row, std::size_t column, std::size_t rows) {
    const ProductBlock block = sink->Place(row, column, rows);
    const bool both = rows > kTileRows;
    MultiplyTiles<Dot, kPassing>(
        Operands(product.a_of(row), product.blocks * kBlockBytes, product.panel(column)), product.blocks,
        both, [&](std::size_t) { take(rows_a_step); });
    StoreUpper(block.values, block.stride * sizeof(float));
    if (both) StoreLower(block.values, block.stride * sizeof(float));
    before = block;
    taken = 0;
  });
  take(kBlock);
}

// Panels pass where each is read once for 32 rows, which stay; else rows do.
template <typename Dot>
void MultiplyAllOf(const Product& product, ProductSink* sink) {
  const bool rows_stay = product.row_group == kBlock && kBlock * product.blocks * kBlockBytes <= kCacheBytes;
  if (rows_stay) return MultiplyBlocks<Dot, Passing::kPanel>(product, sink);
  MultiplyBlocks<Dot, Passing::kA>(product, sink);
}

void MultiplyAll(const Product& product, ProductSink* sink) {
  if (product.factors == Factors::kBytes) return MultiplyAllOf<ByteDot>(product, sink);
  MultiplyAllOf<Bf16Dot>(product, sink);
}

}  // namespace

extern const ProductKernel kAmxKernel;
const ProductKernel kAmxKernel{"amx", MultiplyAll, Multiply, EnterTiles, LeaveTiles};

}  // namespace densenode::cpu
