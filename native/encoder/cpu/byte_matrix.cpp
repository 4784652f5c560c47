#include "encoder/cpu/byte_matrix.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "encoder/cpu/vector_math.h"

namespace densenode::cpu {
namespace {

constexpr std::size_t kByteBlock = kBlockBytes;  // inputs of a block
constexpr float kLargestWeight = 127, kLargestInput = 255;
// Inputs and weights that are all but zero are not made large.
constexpr float kLeast = 1e-6f;
constexpr float kLeastRange = 1e-30f;  // of a row

// The weights of 16 outputs from `output` on for an even input and the next.
struct InputPair {
  InputPair(const PackedMatrix& weight, std::size_t output, std::size_t input) {
    const Bf16* const tile = weight.panel(output / kBlock * kBlock) + input / kBlock * kPanelBlock +
                             output % kBlock / 16 * (kPanelBlock / 2);
    const __m512i pairs = _mm512_load_si512(tile + input % kBlock / 2 * kBlock);
    even = _mm512_castsi512_ps(_mm512_slli_epi32(pairs, 16));
    odd = _mm512_castsi512_ps(_mm512_and_si512(pairs, _mm512_set1_epi32(static_cast<int>(0xffff0000))));
  }
  __m512 even, odd;
};

__m512 LargerMagnitude(__m512 magnitude, __m512 x) { return _mm512_max_ps(magnitude, _mm512_abs_ps(x)); }

// What inputs are divided and weights multiplied by.
std::vector<float> SharedFactors(const PackedMatrix& weight, std::span<const float> largest_inputs) {
  std::vector<float> factors(weight.inputs());
  for (std::size_t input = 0; input < factors.size(); input += 2) {
    __m512 even = _mm512_setzero_ps(), odd = even;
    for (std::size_t output = 0; output < weight.outputs(); output += 16) {
      const InputPair pair(weight, output, input);
      even = LargerMagnitude(even, pair.even);
      odd = LargerMagnitude(odd, pair.odd);
    }
    const auto factor = [&](std::size_t i, __m512 weights) {
      return std::sqrt(std::max(largest_inputs[i], kLeast) / std::max(_mm512_reduce_max_ps(weights), kLeast));
    };
    factors[input] = factor(input, even);
    factors[input + 1] = factor(input + 1, odd);
  }
  return factors;
}

}  // namespace

ByteMatrix::ByteMatrix(const PackedMatrix& weight, std::span<const float> largest_inputs)
    : outputs_(weight.outputs()),
      inputs_(weight.inputs()),
      blocks_((inputs_ + kByteBlock - 1) / kByteBlock),
      panels_(outputs_ * blocks_ * kByteBlock),
      scales_(outputs_),
      sums_(outputs_),
      smoothing_(inputs_) {
  const std::vector<float> factors = SharedFactors(weight, largest_inputs);
  std::transform(factors.begin(), factors.end(), smoothing_.data(), [](float factor) { return 1 / factor; });
  std::fill_n(panels_.data(), panels_.size(), std::int8_t{0});
  for (std::size_t output = 0; output < outputs_; output += 16) {
    const auto scaled = [&](std::size_t input) {
      InputPair pair(weight, output, input);
      pair.even = _mm512_mul_ps(pair.even, _mm512_set1_ps(factors[input]));
      pair.odd = _mm512_mul_ps(pair.odd, _mm512_set1_ps(factors[input + 1]));
      return pair;
    };
    __m512 largest = _mm512_setzero_ps();
    for (std::size_t input = 0; input < inputs_; input += 2) {
      const InputPair pair = scaled(input);
      largest = LargerMagnitude(LargerMagnitude(largest, pair.even), pair.odd);
    }
    const __m512 inverse = _mm512_maskz_div_ps(_mm512_cmp_ps_mask(largest, _mm512_setzero_ps(), _CMP_GT_OQ),
                                               _mm512_set1_ps(kLargestWeight), largest);
    __m512i sums = _mm512_setzero_si512();
    const auto whole = [&](__m512 x) {
      const __m512i value = _mm512_cvtps_epi32(_mm512_mul_ps(x, inverse));
      sums = _mm512_add_epi32(sums, value);
      return value;
    };
    const auto join = [](__m512i low, __m512i high, int bits) {
      const __m512i mask = _mm512_set1_epi32((1 << bits) - 1);
      return _mm512_or_si512(_mm512_and_si512(low, mask),
                             _mm512_slli_epi32(high, static_cast<unsigned>(bits)));
    };
    std::int8_t* const tiles =
        panels_.data() + output / kBlock * kBlock * blocks_ * kByteBlock + output % kBlock * kByteBlock;
    for (std::size_t input = 0; input < inputs_; input += 4) {
      const InputPair first = scaled(input), second = scaled(input + 2);
      const __m512i low = join(whole(first.even), whole(first.odd), 8),
                    high = join(whole(second.even), whole(second.odd), 8);
      _mm512_store_si512(
          tiles + input / kByteBlock * kByteBlock * kBlock + input % kByteBlock / 4 * kByteBlock,
          join(low, high, 16));
    }
    _mm512_store_ps(scales_.data() + output, _mm512_mul_ps(largest, _mm512_set1_ps(1 / kLargestWeight)));
    _mm512_store_ps(sums_.data() + output, _mm512_cvtepi32_ps(sums));
  }
}

std::size_t ByteMatrix::bytes() const { return panels_.size() + (2 * outputs_ + inputs_) * sizeof(float); }

void ByteMatrix::Quantize(const Bf16* rows, std::size_t count, ByteRows* out) const {
  const std::size_t width = blocks_ * kByteBlock;
  std::uint8_t* values = out->values.Reserve((count + kBlock) * width);
  float* const scales = out->scales.Reserve(count);
  float* const zeros = out->zeros.Reserve(count);
  const float* const smoothing = smoothing_.data();
  for (std::size_t row = 0; row < count; ++row, rows += inputs_, values += width) {
    const auto smooth = [&](std::size_t i) {
      return _mm512_mul_ps(LoadBf16(rows + i), _mm512_loadu_ps(smoothing + i));
    };
    __m512 least = smooth(0), most = least;
    // NaN, which minima and maxima lose, unless all values are finite.
    __m512 not_finite = _mm512_setzero_ps();
    for (std::size_t i = 0; i < inputs_; i += 16) {
      const __m512 x = smooth(i);
      least = _mm512_min_ps(least, x);
      most = _mm512_max_ps(most, x);
      not_finite = _mm512_fmadd_ps(x, _mm512_setzero_ps(), not_finite);
    }
    const float low = _mm512_reduce_min_ps(least), range = _mm512_reduce_max_ps(most) - low;
    const float scale = range > kLeastRange ? range / kLargestInput : 1;
    scales[row] = scale + _mm512_reduce_add_ps(not_finite);
    zeros[row] = -low / scale;
    const __m512 inverse = _mm512_set1_ps(1 / scale), zero = _mm512_set1_ps(zeros[row]);
    for (std::size_t i = 0; i < inputs_; i += 16) {
      const __m512i whole = _mm512_cvtps_epi32(_mm512_fmadd_ps(smooth(i), inverse, zero));
      _mm_storeu_si128(reinterpret_cast<__m128i*>(values + i), _mm512_cvtusepi32_epi8(whole));
    }
    std::fill(values + inputs_, values + width, std::uint8_t{0});  // against weights of zero
  }
}

}  // namespace densenode::cpu
