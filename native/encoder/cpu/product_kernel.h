// The matrix products of an encoder, in each instruction set that has them.
#pragma once

#include <cstddef>

#include "encoder/cpu/bf16.h"
#include "encoder/cpu/kernel_scope.h"

namespace densenode::cpu {

// A panel is 32 columns of B, packed for dot products of pairs: for each 32 rows of B two tiles, of columns 0
// to 15 and 16 to 31; a tile is 16 x 16 pairs, row r and column c holding B[2r][c] and B[2r + 1][c].
constexpr std::size_t kPanelBlock = kBlock * kBlock;  // values of 32 rows of a panel

// What is multiplied.
enum class Factors {
  kBf16,
  // Bytes, of A without a sign, of B with one, in whole numbers: sums are std::int32_t in the place of
  // floats. A panel has a tile of 16 x 16 groups of 4 of them, B[4r][c] to B[4r + 3][c], for each 64 rows of
  // B.
  kBytes,
};
// What a block has of a row of A, or of a column of B: 32 values of bf16, or 64 bytes.
constexpr std::size_t kBlockBytes = 64;

// 32 columns of up to 32 rows of a product.
struct ProductBlock {
  std::size_t row, column;  // where it begins
  std::size_t rows;
  float* values;  // where it is put; rows up to the next multiple of 16 are written
  std::size_t stride;
};

// What becomes of a product. While one block is multiplied the one before it is worked on: neither the matrix
// unit nor the vector units wait for the other.
class ProductSink {
 public:
  // The block that begins there, with the memory for its values.
  virtual ProductBlock Place(std::size_t row, std::size_t column, std::size_t rows) = 0;
  // Works on the rows from `begin` to `end` (excluded) of a block: on all of them in order, before the block
  // after the next is placed.
  virtual void Take(const ProductBlock& block, std::size_t begin, std::size_t end) = 0;

 protected:
  ~ProductSink() = default;
};

// A[rows x blocks] * B[blocks x columns], B as panels one behind the other, A without gaps. As in `multiply`,
// memory behind the last rows of A must be readable.
struct Product {
  Factors factors;
  const void* a;
  std::size_t rows;
  const void* panels;
  std::size_t blocks;
  std::size_t columns;
  std::size_t row_group;  // rows that go through all panels together, a multiple of 32

  // Calls each(row, column, rows) for every block: groups of rows, in each the panels, for each the blocks.
  template <typename Each>
  void ForBlocks(const Each& each) const {
    for (std::size_t group = 0; group < rows; group += row_group) {
      const std::size_t end = group + row_group < rows ? group + row_group : rows;
      for (std::size_t column = 0; column < columns; column += kBlock) {
        for (std::size_t row = group; row < end; row += kBlock)
          each(row, column, row + kBlock < end ? kBlock : end - row);
      }
    }
  }
  const std::byte* a_of(std::size_t row) const { return Block(a, row); }
  const std::byte* panel(std::size_t column) const { return Block(panels, column); }

 private:
  const std::byte* Block(const void* begin, std::size_t index) const {
    return static_cast<const std::byte*>(begin) + index * blocks * kBlockBytes;
  }
};

struct ProductKernel {
  const char* name;
  // Gives the product to the sink, block by block, each row bit for bit as `multiply` does.
  void (*multiply_all)(const Product& product, ProductSink* sink);
  // C[rows x 32] = A[rows x 32 blocks] * panel[32 blocks x 32]; 1 to 32 rows. bf16 in, fp32 out; a row of C
  // depends on its own row of A alone, bit for bit. Rows of A up to the next multiple of 16 must be readable,
  // those of C writable: what they hold then is undefined. Strides in values. Between Enter and Leave only.
  void (*multiply)(const Bf16* a, std::size_t a_stride, const Bf16* panel, std::size_t blocks,
                   std::size_t rows, float* c, std::size_t c_stride);
  // Make the calling thread ready, and ready for other code again.
  void (*enter)();
  void (*leave)();
};

// nullptr where the CPU lacks the instructions.
const ProductKernel* AmxKernel();
const ProductKernel* Avx512Kernel();
// The faster one that this CPU has.
const ProductKernel* BestKernel();
// Whether this CPU multiplies bytes with it, too.
bool MultipliesBytes(const ProductKernel& kernel);

}  // namespace densenode::cpu
