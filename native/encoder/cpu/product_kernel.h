// The one operation that all matrix products of an encoder are made of, in each instruction set that has it.
#pragma once

#include <cstddef>

#include "encoder/cpu/bf16.h"
#include "encoder/cpu/kernel_scope.h"

namespace densenode::cpu {

// A panel is 32 columns of B, packed for dot products of pairs: for each 32 rows of B two tiles, of columns 0
// to 15 and 16 to 31; a tile is 16 x 16 pairs, row r and column c holding B[2r][c] and B[2r + 1][c].
constexpr std::size_t kPanelBlock = kBlock * kBlock;  // values of 32 rows of a panel

struct ProductKernel {
  const char* name;
  // C[rows x 32] = A[rows x 32 blocks] * panel[32 blocks x 32], plus C where `accumulate`; 1 to 32 rows. bf16
  // in, fp32 out; a row of C depends on its own row of A alone, bit for bit. Rows of A up to the next
  // multiple of 16 must be readable, those of C writable: what they hold then is undefined. Strides in
  // values. Between Enter and Leave only.
  void (*multiply)(const Bf16* a, std::size_t a_stride, const Bf16* panel, std::size_t blocks,
                   std::size_t rows, float* c, std::size_t c_stride, bool accumulate);
  // Make the calling thread ready, and ready for other code again.
  void (*enter)();
  void (*leave)();
};

// nullptr where the CPU lacks the instructions.
const ProductKernel* AmxKernel();
const ProductKernel* Avx512Kernel();
// The faster one that this CPU has.
const ProductKernel* BestKernel();

}  // namespace densenode::cpu
