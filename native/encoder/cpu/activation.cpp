#include "encoder/cpu/activation.h"

#include <cmath>
#include <numbers>

#include "encoder/cpu/vector_math.h"

namespace densenode::cpu {
namespace {

// The distribution function of the normal distribution, as a parabola in each of 29 intervals around 0,
// through its values at the nodes of Chebyshev's polynomial there; beyond them 0 or 1.
struct NormalTable {
  static constexpr float kWidth = 0.295f;  // what errors inside and at the ends are equal for
  static constexpr int kLast = 15;
  alignas(64) float constant[32] = {}, linear[32] = {}, square[32] = {};

  NormalTable() {
    constant[16 + kLast] = 1;
    for (int interval = 1 - kLast; interval < kLast; ++interval) {
      double x[3], y[3];
      for (int i = 0; i < 3; ++i) {
        x[i] = kWidth * (interval + 0.5 * std::cos(std::numbers::pi * (i + 0.5) / 3));
        y[i] = 0.5 * std::erfc(-x[i] / std::numbers::sqrt2);
      }
      const double slope = (y[1] - y[0]) / (x[1] - x[0]);
      const double bend = ((y[2] - y[1]) / (x[2] - x[1]) - slope) / (x[2] - x[0]);
      constant[16 + interval] = static_cast<float>(y[0] - slope * x[0] + bend * x[0] * x[1]);
      linear[16 + interval] = static_cast<float>(slope - bend * (x[0] + x[1]));
      square[16 + interval] = static_cast<float>(bend);
    }
  }

  static const NormalTable& Get() {
    static const NormalTable table;
    return table;
  }
};

// x Phi(x).
class Gelu {
 public:
  Gelu() {
    const NormalTable& table = NormalTable::Get();
    for (int half = 0; half < 2; ++half) {
      constant_[half] = _mm512_load_ps(table.constant + 16 * half);
      linear_[half] = _mm512_load_ps(table.linear + 16 * half);
      square_[half] = _mm512_load_ps(table.square + 16 * half);
    }
  }

  __m512 operator()(__m512 x) const {
    constexpr float kEnd = (NormalTable::kLast + 0.4f) * NormalTable::kWidth;
    constexpr float kWhole = 0x1.8p23f;  // sums with it are whole numbers, in their last bits
    constexpr int kSmallerWithSign = 2;  // the smaller magnitude, with the sign of the first
    const __m512 t = _mm512_range_ps(x, _mm512_set1_ps(kEnd), kSmallerWithSign);
    const __m512i interval = _mm512_castps_si512(
        _mm512_fmadd_ps(t, _mm512_set1_ps(1 / NormalTable::kWidth), _mm512_set1_ps(kWhole + 16)));
    const auto of_interval = [interval](const __m512(&halves)[2]) {
      return _mm512_permutex2var_ps(halves[0], interval, halves[1]);  // looks at the last five bits
    };
    const __m512 p = _mm512_fmadd_ps(of_interval(square_), t, of_interval(linear_));
    return _mm512_mul_ps(x, _mm512_fmadd_ps(p, t, of_interval(constant_)));
  }

 private:
  __m512 constant_[2], linear_[2], square_[2];
};

// 0.5 (1 + tanh y) = 1 / (1 + exp(-2y)).
__m512 GeluTanh(__m512 x) {
  constexpr float kScale = -2.0f * 0.7978845608f * 1.4426950409f;  // -2 sqrt(2 / pi) log2(e)
  const __m512 cubic = _mm512_fmadd_ps(_mm512_mul_ps(x, x), _mm512_set1_ps(0.044715f), _mm512_set1_ps(1.0f));
  const __m512 y = _mm512_mul_ps(_mm512_mul_ps(x, cubic), _mm512_set1_ps(kScale));
  return _mm512_div_ps(x, _mm512_add_ps(_mm512_set1_ps(1.0f), Exp2(y)));
}

__m512 Silu(__m512 x) {
  const __m512 power = Exp2(_mm512_mul_ps(x, _mm512_set1_ps(-1.4426950409f)));
  return _mm512_div_ps(x, _mm512_add_ps(_mm512_set1_ps(1.0f), power));
}

// 16 values of each row, of columns from `i` on.
class Bf16Values {
 public:
  Bf16Values(const ColumnTerms& terms, std::size_t i) : bias_(_mm512_loadu_ps(terms.bias + i)) {}
  __m512 operator()(const float* sums, std::size_t) const {
    return _mm512_add_ps(_mm512_loadu_ps(sums), bias_);
  }

 private:
  const __m512 bias_;
};
class ByteValues {
 public:
  ByteValues(const ColumnTerms& terms, std::size_t i)
      : bias_(_mm512_loadu_ps(terms.bias + i)),
        scales_(_mm512_loadu_ps(terms.scales + i)),
        weight_sums_(_mm512_loadu_ps(terms.weight_sums + i)),
        row_scales_(terms.row_scales),
        row_zeros_(terms.row_zeros) {}
  __m512 operator()(const float* sums, std::size_t row) const {
    const __m512 sum = _mm512_cvtepi32_ps(_mm512_loadu_si512(sums));
    const __m512 moved = _mm512_fnmadd_ps(_mm512_set1_ps(row_zeros_[row]), weight_sums_, sum);
    return _mm512_fmadd_ps(_mm512_mul_ps(moved, _mm512_set1_ps(row_scales_[row])), scales_, bias_);
  }

 private:
  const __m512 bias_, scales_, weight_sums_;
  const float *const row_scales_, *const row_zeros_;
};

template <typename Values, typename Function>
void Apply(const Function& function, const float* in, std::size_t in_stride, const ColumnTerms& terms,
           std::size_t rows, Bf16* out, std::size_t out_stride) {
  const Values low(terms, 0), high(terms, 16);
  for (std::size_t row = 0; row < rows; ++row, in += in_stride, out += out_stride)
    StoreBf16(out, function(low(in, row)), function(high(in + 16, row)));
}

template <typename Values, typename Function>
void ApplyGated(const Function& function, const float* gate, const ColumnTerms& gate_terms, const float* in,
                const ColumnTerms& terms, std::size_t rows, Bf16* out, std::size_t out_stride) {
  const Values gates[] = {{gate_terms, 0}, {gate_terms, 16}}, values[] = {{terms, 0}, {terms, 16}};
  const auto half = [&](std::size_t row, std::size_t i) {
    const std::size_t at = row * kBlock + 16 * i;
    return _mm512_mul_ps(function(gates[i](gate + at, row)), values[i](in + at, row));
  };
  for (std::size_t row = 0; row < rows; ++row) StoreBf16(out + row * out_stride, half(row, 0), half(row, 1));
}

// Calls `use` with the function that `activation` names.
template <typename Use>
void WithFunction(Activation activation, Use use) {
  switch (activation) {
    case Activation::kNone:
      return use([](__m512 x) { return x; });
    case Activation::kGelu:
      return use(Gelu());
    case Activation::kGeluTanh:
      return use([](__m512 x) { return GeluTanh(x); });
    case Activation::kRelu:
      return use([](__m512 x) { return _mm512_max_ps(x, _mm512_setzero_ps()); });
    case Activation::kSilu:
      return use([](__m512 x) { return Silu(x); });
  }
}

}  // namespace

void ActivateBlock(Activation activation, const float* in, std::size_t in_stride, const ColumnTerms& terms,
                   std::size_t rows, Bf16* out, std::size_t out_stride) {
  WithFunction(activation, [&](const auto& function) {
    if (terms.scales) return Apply<ByteValues>(function, in, in_stride, terms, rows, out, out_stride);
    Apply<Bf16Values>(function, in, in_stride, terms, rows, out, out_stride);
  });
}

void ActivateGatedBlock(Activation activation, const float* gate, const ColumnTerms& gate_terms,
                        const float* in, const ColumnTerms& terms, std::size_t rows, Bf16* out,
                        std::size_t out_stride) {
  WithFunction(activation, [&](const auto& function) {
    if (terms.scales)
      return ApplyGated<ByteValues>(function, gate, gate_terms, in, terms, rows, out, out_stride);
    ApplyGated<Bf16Values>(function, gate, gate_terms, in, terms, rows, out, out_stride);
  });
}

}  // namespace densenode::cpu
