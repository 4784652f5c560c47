// Self-attention of one text: softmax(scale Q K^T + bias) V (Vaswani et al. 2017, arXiv:1706.03762).
#pragma once

#include <cstddef>
#include <optional>
#include <utility>

#include "common/aligned_buffer.h"
#include "encoder/cpu/distance_bias.h"
#include "encoder/cpu/product_kernel.h"
#include "encoder/positions.h"

namespace densenode::cpu {

struct AttentionShape {
  std::size_t heads = 0;
  std::size_t head_width = 0;  // a multiple of 32: heads are padded with zeros
  float scale = 1;             // of Q K^T
  const DistanceBias* bias = nullptr;
  std::size_t sharing = 1;                 // heads that have one head of keys and values between them
  bool causal = false;                     // tokens do not see later ones
  std::optional<std::size_t> window = {};  // tokens at most this far away are seen

  std::size_t width() const { return heads * head_width; }
  std::size_t keys_width() const { return width() / sharing; }
  std::size_t row_width() const { return width() + 2 * keys_width(); }
  // The keys that the queries from `first` to `last` see, of `length`: from .first to before .second.
  std::pair<std::size_t, std::size_t> Seen(std::size_t first, std::size_t last, std::size_t length) const {
    return SeenKeys(causal, window, first, last, length);
  }
};

// Working memory, grown to the longest text so far.
struct AttentionScratch {
  AlignedBuffer<Bf16> keys, values;  // of one head, as panels
  AlignedBuffer<float> scores;       // 32 queries x keys
  AlignedBuffer<Bf16> shares;        // the same after softmax
  AlignedBuffer<float> mixed;        // 32 queries x 32
};

// `qkv`: `length` rows of row_width() values, all queries, then keys, then values, head after head; 31 more
// rows must be readable. `out`: `length` rows of width() values. `kernel` has been entered.
void Attend(const ProductKernel& kernel, const AttentionShape& shape, const Bf16* qkv, std::size_t length,
            Bf16* out, AttentionScratch* scratch);

}  // namespace densenode::cpu
