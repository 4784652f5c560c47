#include "encoder/cpu/attention.h"

#include <algorithm>

#include "encoder/cpu/transpose_pairs.h"
#include "encoder/cpu/vector_math.h"

namespace densenode::cpu {
namespace {

// K^T: a panel for every 32 keys. Keys past the last are whatever lies there; their scores are not looked at.
void PackKeys(const Bf16* keys, std::size_t stride, std::size_t padded_length, std::size_t width, Bf16* out) {
  for (std::size_t key = 0; key < padded_length; key += kBlock) {
    for (std::size_t d = 0; d < width; d += kBlock, out += kPanelBlock) {
      TransposePairs(keys + key * stride + d, stride, out);
      TransposePairs(keys + (key + 16) * stride + d, stride, out + kPanelBlock / 2);
    }
  }
}

// V: a panel for every 32 columns. Rows past the last are zero.
void PackValues(const Bf16* values, std::size_t stride, std::size_t length, std::size_t padded_length,
                std::size_t width, Bf16* out) {
  alignas(64) static constexpr auto kInterleave = [] {
    struct {
      Bf16 low[32], high[32];
    } index{};
    for (int i = 0; i < 16; ++i) {
      index.low[2 * i] = static_cast<Bf16>(i);
      index.low[2 * i + 1] = static_cast<Bf16>(32 + i);
      index.high[2 * i] = static_cast<Bf16>(16 + i);
      index.high[2 * i + 1] = static_cast<Bf16>(48 + i);
    }
    return index;
  }();
  const __m512i low = _mm512_loadu_si512(kInterleave.low), high = _mm512_loadu_si512(kInterleave.high);
  const auto row_or_zero = [&](std::size_t row, std::size_t d) {
    return row < length ? _mm512_loadu_si512(values + row * stride + d) : _mm512_setzero_si512();
  };
  for (std::size_t d = 0; d < width; d += kBlock) {
    for (std::size_t row = 0; row < padded_length; row += kBlock, out += kPanelBlock) {
      for (std::size_t pair = 0; pair < 16; ++pair) {
        const __m512i even = row_or_zero(row + 2 * pair, d), odd = row_or_zero(row + 2 * pair + 1, d);
        _mm512_store_si512(out + 32 * pair, _mm512_permutex2var_epi16(even, low, odd));
        _mm512_store_si512(out + kPanelBlock / 2 + 32 * pair, _mm512_permutex2var_epi16(even, high, odd));
      }
    }
  }
}

// scores = scale scores + bias.
void AddBias(const float* bias, std::size_t padded_length, float scale, float* scores) {
  const __m512 factor = _mm512_set1_ps(scale);
  for (std::size_t i = 0; i < padded_length; i += 16) {
    _mm512_storeu_ps(scores + i,
                     _mm512_fmadd_ps(_mm512_loadu_ps(scores + i), factor, _mm512_loadu_ps(bias + i)));
  }
}

// The lanes of the 16 values from `i` on that lie before `end`.
__mmask16 LanesBefore(std::size_t end, std::size_t i) { return i < end ? FirstLanes(end - i) : __mmask16{0}; }

// All lanes of a vector, where no mask is needed.
struct AllLanes {};
__m512 Max(AllLanes, __m512 a, __m512 b) { return _mm512_max_ps(a, b); }
__m512 Max(__mmask16 lanes, __m512 a, __m512 b) { return _mm512_mask_max_ps(a, lanes, a, b); }
__m512 Keep(AllLanes, __m512 x) { return x; }
__m512 Keep(__mmask16 lanes, __m512 x) { return _mm512_maskz_mov_ps(lanes, x); }

// Calls each(i, half, lanes) for every 16 values that have any from `seen` to `unseen`, with the lanes of
// these: halves in turn where it is all of them, so that two results do not wait for each other.
template <typename Each>
void ForLanes(std::size_t seen, std::size_t unseen, const Each& each) {
  const auto masked = [&](std::size_t i) {
    each(i, 0, static_cast<__mmask16>(LanesBefore(unseen, i) & ~LanesBefore(seen, i)));
  };
  std::size_t i = seen / 16 * 16;
  if (i < seen) masked(i), i += 16;
  for (; i + 32 <= unseen; i += 32) {
    each(i, 0, AllLanes{});
    each(i + 16, 1, AllLanes{});
  }
  if (i + 16 <= unseen) each(i, 0, AllLanes{}), i += 16;
  if (i < unseen) masked(i);
}

// shares = 2^(scale (scores - their maximum)) from `seen` to `unseen`, else zero from `first` to `end`, which
// are multiples of 16; returns 1 / their sum.
float Softmax(const float* scores, std::size_t first, std::size_t end, std::size_t seen, std::size_t unseen,
              float scale, Bf16* shares) {
  std::fill(shares + first, shares + seen / 16 * 16, Bf16{0});
  std::fill(shares + RoundUp(unseen, 16), shares + end, Bf16{0});
  __m512 most[2] = {_mm512_set1_ps(-__builtin_inff()), _mm512_set1_ps(-__builtin_inff())};
  ForLanes(seen, unseen, [&](std::size_t i, int half, auto lanes) {
    most[half] = Max(lanes, most[half], _mm512_loadu_ps(scores + i));
  });
  const __m512 factor = _mm512_set1_ps(scale);
  const __m512 shift = _mm512_set1_ps(-scale * _mm512_reduce_max_ps(_mm512_max_ps(most[0], most[1])));
  __m512 sums[2] = {_mm512_setzero_ps(), _mm512_setzero_ps()};
  ForLanes(seen, unseen, [&](std::size_t i, int half, auto lanes) {
    const __m512 power = Exp2(_mm512_fmadd_ps(_mm512_loadu_ps(scores + i), factor, shift));
    const __m512 share = Keep(lanes, power);
    sums[half] = _mm512_add_ps(sums[half], share);
    StoreBf16(shares + i, share);
  });
  return 1.0f / _mm512_reduce_add_ps(_mm512_add_ps(sums[0], sums[1]));
}

}  // namespace

void Attend(const ProductKernel& kernel, const AttentionShape& shape, const Bf16* qkv, std::size_t length,
            Bf16* out, AttentionScratch* scratch) {
  constexpr float kLog2E = 1.44269504f;
  const float softmax_scale = shape.bias ? kLog2E : shape.scale * kLog2E;
  const std::size_t width = shape.head_width, all = shape.width(), stride = shape.row_width();
  const std::size_t padded = RoundUp(length, kBlock), width_blocks = width / kBlock;
  Bf16* const keys = scratch->keys.Reserve(padded * width);
  Bf16* const values = scratch->values.Reserve(padded * width);
  // Rows of a power of two would fall on the same cache sets.
  const std::size_t score_stride = padded + 16, share_stride = padded + kBlock;
  float* const scores = scratch->scores.Reserve(kBlock * score_stride);
  Bf16* const shares = scratch->shares.Reserve(kBlock * share_stride);
  float* const mixed = scratch->mixed.Reserve(kBlock * kBlock);
  float normalizers[kBlock];

  for (std::size_t head = 0; head < shape.heads; ++head) {
    const Bf16* const queries = qkv + head * width;
    if (head % shape.sharing == 0) {
      const Bf16* const of_head = qkv + all + head / shape.sharing * width;
      PackKeys(of_head, stride, padded, width, keys);
      PackValues(of_head + shape.keys_width(), stride, length, padded, width, values);
    }
    for (std::size_t first = 0; first < length; first += kBlock) {
      const std::size_t rows = std::min(kBlock, length - first);
      const auto [any, all_seen] = shape.Seen(first, first + rows - 1, length);
      const std::size_t begin = any / kBlock * kBlock, end = RoundUp(all_seen, kBlock);
      for (std::size_t key = begin; key < end; key += kBlock) {
        kernel.multiply(queries + first * stride, stride, keys + key * width, width_blocks, rows,
                        scores + key, score_stride);
      }
      for (std::size_t row = 0; row < rows; ++row) {
        float* const of_query = scores + row * score_stride;
        Bf16* const of_shares = shares + row * share_stride;
        if (shape.bias)
          AddBias(shape.bias->Row(head, first + row) + begin, end - begin, shape.scale, of_query + begin);
        const auto [seen, unseen] = shape.Seen(first + row, first + row, length);
        normalizers[row] = Softmax(of_query, begin, end, seen, unseen, softmax_scale, of_shares);
      }
      for (std::size_t d = 0; d < width; d += kBlock) {
        kernel.multiply(shares + begin, share_stride, values + d * padded + begin * kBlock,
                        (end - begin) / kBlock, rows, mixed, kBlock);
        Bf16* to = out + first * all + head * width + d;
        for (std::size_t row = 0; row < rows; ++row, to += all) {
          const __m512 normalizer = _mm512_set1_ps(normalizers[row]);
          const float* const from = mixed + row * kBlock;
          StoreBf16(to, _mm512_mul_ps(_mm512_loadu_ps(from), normalizer),
                    _mm512_mul_ps(_mm512_loadu_ps(from + 16), normalizer));
        }
      }
    }
  }
}

}  // namespace densenode::cpu
