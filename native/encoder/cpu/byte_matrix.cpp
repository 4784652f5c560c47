#include "encoder/cpu/byte_matrix.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <vector>

#include "encoder/cpu/vector_math.h"

namespace densenode::cpu {
namespace {

constexpr std::size_t kByteBlock = kBlockBytes;  // inputs of a block
constexpr float kLargestWeight = 127, kLargestInput = 255;
// Inputs and weights that are all but zero are not made large.
constexpr float kLeast = 1e-6f;
constexpr float kLeastRange = 1e-30f;  // of a row

// out[32 x inputs]: the weights of a panel's outputs.
void Unpack(const PackedMatrix& weight, std::size_t column, float* out) {
  const Bf16* tile = weight.panel(column);
  for (std::size_t block = 0; block < weight.inputs(); block += kBlock) {
    for (std::size_t half = 0; half < kBlock; half += 16) {
      for (std::size_t input = block; input < block + kBlock; input += 2, tile += kBlock) {
        for (std::size_t i = 0; i < kBlock; ++i)
          out[(half + i / 2) * weight.inputs() + input + i % 2] = FromBf16(tile[i]);
      }
    }
  }
}

float LargestMagnitude(const float* values, std::size_t count) {
  float largest = 0;
  for (std::size_t i = 0; i < count; ++i) largest = std::max(largest, std::fabs(values[i]));
  return largest;
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
  std::vector<float> rows(kBlock * inputs_), factors(inputs_);
  for (std::size_t column = 0; column < outputs_; column += kBlock) {
    Unpack(weight, column, rows.data());
    for (std::size_t i = 0; i < rows.size(); ++i)
      factors[i % inputs_] = std::max(factors[i % inputs_], std::fabs(rows[i]));
  }
  for (std::size_t i = 0; i < inputs_; ++i) {
    factors[i] = std::sqrt(std::max(largest_inputs[i], kLeast) / std::max(factors[i], kLeast));
    smoothing_.data()[i] = 1 / factors[i];
  }
  std::fill_n(panels_.data(), panels_.size(), std::int8_t{0});
  std::int8_t* panel = panels_.data();
  for (std::size_t column = 0; column < outputs_; column += kBlock, panel += blocks_ * kByteBlock * kBlock) {
    Unpack(weight, column, rows.data());
    for (std::size_t output = 0; output < kBlock; ++output) {
      float* const row = rows.data() + output * inputs_;
      std::transform(row, row + inputs_, factors.begin(), row, std::multiplies<float>());
      const float largest = LargestMagnitude(row, inputs_);
      const float inverse = largest > 0 ? kLargestWeight / largest : 0;
      std::int8_t* const tile = panel + output / 16 * 16 * kByteBlock + output % 16 * 4;
      std::int32_t sum = 0;
      for (std::size_t i = 0; i < inputs_; ++i) {
        const auto value = static_cast<std::int8_t>(std::lrint(row[i] * inverse));
        tile[i / kByteBlock * kByteBlock * kBlock + i % kByteBlock / 4 * kByteBlock + i % 4] = value;
        sum += value;
      }
      scales_.data()[column + output] = largest / kLargestWeight;
      sums_.data()[column + output] = static_cast<float>(sum);
    }
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
    __m512 not_finite =
        _mm512_setzero_ps();  // NaN, which minima and maxima lose, unless all values are finite
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
