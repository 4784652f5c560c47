#include "encoder/cpu/activation.h"

#include "encoder/cpu/vector_math.h"

namespace densenode::cpu {
namespace {

// Phi(x) - 0.5 = x P(x^2), the minimax polynomial for |x Phi(x)| on [-4.4, 4.4] that ends at 0.5; beyond it
// Phi is 0 or 1.
__m512 Gelu(__m512 x) {
  const __m512 end = _mm512_set1_ps(4.4f);
  const __m512 t = _mm512_max_ps(_mm512_min_ps(x, end), _mm512_sub_ps(_mm512_setzero_ps(), end));
  const __m512 u = _mm512_mul_ps(t, t);
  __m512 p = _mm512_set1_ps(3.5694293e-11f);
  p = _mm512_fmadd_ps(p, u, _mm512_set1_ps(-3.7540495e-9f));
  p = _mm512_fmadd_ps(p, u, _mm512_set1_ps(1.7408476e-7f));
  p = _mm512_fmadd_ps(p, u, _mm512_set1_ps(-4.7248686e-6f));
  p = _mm512_fmadd_ps(p, u, _mm512_set1_ps(8.4293024e-5f));
  p = _mm512_fmadd_ps(p, u, _mm512_set1_ps(-1.0549926e-3f));
  p = _mm512_fmadd_ps(p, u, _mm512_set1_ps(9.6430285e-3f));
  p = _mm512_fmadd_ps(p, u, _mm512_set1_ps(-6.6076428e-2f));
  p = _mm512_fmadd_ps(p, u, _mm512_set1_ps(3.9876160e-1f));
  const __mmask16 inside =
      _mm512_cmp_ps_mask(x, t, _CMP_GE_OQ);  // not below the range, where rounding errors grow
  return _mm512_maskz_mul_ps(inside, x, _mm512_fmadd_ps(t, p, _mm512_set1_ps(0.5f)));
}

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

template <typename Function>
void Apply(Function function, const float* in, std::size_t in_stride, const float* bias, std::size_t rows,
           Bf16* out, std::size_t out_stride) {
  const __m512 bias_low = _mm512_loadu_ps(bias), bias_high = _mm512_loadu_ps(bias + 16);
  for (std::size_t row = 0; row < rows; ++row, in += in_stride, out += out_stride) {
    const __m512 low = _mm512_add_ps(_mm512_loadu_ps(in), bias_low);
    const __m512 high = _mm512_add_ps(_mm512_loadu_ps(in + 16), bias_high);
    StoreBf16(out, function(low), function(high));
  }
}

// Calls `use` with the function that `activation` names.
template <typename Use>
void WithFunction(Activation activation, Use use) {
  switch (activation) {
    case Activation::kNone:
      return use([](__m512 x) { return x; });
    case Activation::kGelu:
      return use([](__m512 x) { return Gelu(x); });
    case Activation::kGeluTanh:
      return use([](__m512 x) { return GeluTanh(x); });
    case Activation::kRelu:
      return use([](__m512 x) { return _mm512_max_ps(x, _mm512_setzero_ps()); });
    case Activation::kSilu:
      return use([](__m512 x) { return Silu(x); });
  }
}

}  // namespace

void ActivateBlock(Activation activation, const float* in, std::size_t in_stride, const float* bias,
                   std::size_t rows, Bf16* out, std::size_t out_stride) {
  WithFunction(activation,
               [&](auto function) { Apply(function, in, in_stride, bias, rows, out, out_stride); });
}

void ActivateGatedBlock(Activation activation, const float* gate, const float* gate_bias, const float* in,
                        const float* bias, std::size_t rows, Bf16* out, std::size_t out_stride) {
  WithFunction(activation, [&](auto function) {
    const auto half = [&](std::size_t row, std::size_t i) {
      const std::size_t at = row * kBlock + i;
      const __m512 opened =
          function(_mm512_add_ps(_mm512_loadu_ps(gate + at), _mm512_loadu_ps(gate_bias + i)));
      return _mm512_mul_ps(opened, _mm512_add_ps(_mm512_loadu_ps(in + at), _mm512_loadu_ps(bias + i)));
    };
    for (std::size_t row = 0; row < rows; ++row)
      StoreBf16(out + row * out_stride, half(row, 0), half(row, 16));
  });
}

}  // namespace densenode::cpu
