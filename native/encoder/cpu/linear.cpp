#include "encoder/cpu/linear.h"

#include <algorithm>

#include "encoder/cpu/product_sinks.h"

namespace densenode::cpu {

PaddedVector::PaddedVector(std::size_t padded_count) : values_(padded_count) {
  std::fill_n(values_.data(), padded_count, 0.0f);
}

void PaddedVector::Put(std::span<const float> values, const PaddedAxis& axis, std::size_t first) {
  for (std::size_t group = 0; group < axis.groups; ++group) {
    std::copy_n(values.data() + group * axis.size, axis.size,
                values_.data() + first + group * axis.padded_size());
  }
}

namespace {

void Multiply(const ProductKernel& kernel, const PackedMatrix& weight, const Bf16* in, std::size_t rows,
              ProductSink* sink) {
  kernel.multiply_all({.factors = Factors::kBf16,
                       .a = in,
                       .rows = rows,
                       .panels = weight.panel(0),
                       .blocks = weight.inputs() / kBlock,
                       .columns = weight.outputs(),
                       .row_group = RowGroup(weight.bytes())},
                      sink);
}

// In bytes where the map is narrow. `make_sink` takes rows in bytes, null without.
template <typename MakeSink>
void MultiplyMap(const ProductKernel& kernel, const Linear& linear, const Bf16* in, std::size_t rows,
                 ByteRows* quantized, const MakeSink& make_sink) {
  if (!linear.narrow) {
    auto sink = make_sink(nullptr);
    return Multiply(kernel, linear.weight, in, rows, &sink);
  }
  const ByteMatrix& in_bytes = linear.in_bytes;
  in_bytes.Quantize(in, rows, quantized);
  auto sink = make_sink(quantized);
  kernel.multiply_all({.factors = Factors::kBytes,
                       .a = quantized->values.data(),
                       .rows = rows,
                       .panels = in_bytes.panels(),
                       .blocks = in_bytes.blocks(),
                       .columns = linear.weight.outputs(),
                       .row_group = RowGroup(in_bytes.bytes())},
                      &sink);
}

}  // namespace

void ApplyLinear(const ProductKernel& kernel, const Linear& linear, Activation activation, const Bf16* in,
                 std::size_t rows, Bf16* out, std::size_t stride, ByteRows* quantized) {
  MultiplyMap(kernel, linear, in, rows, quantized,
              [&](const ByteRows* bytes) { return ActivationSink(linear, bytes, activation, out, stride); });
}

GatedLinear::GatedLinear(std::size_t outputs, std::size_t inputs)
    : both{PackedMatrix(2 * outputs, inputs), PaddedVector(2 * outputs)} {}

void GatedLinear::Put(Part part, std::span<const float> weights, std::span<const float> bias,
                      std::size_t outputs, const PaddedAxis& inputs) {
  for (std::size_t column = 0; column < outputs; column += kBlock) {
    const std::size_t here = std::min(kBlock, outputs - column);
    const std::size_t first = 2 * column + (part == Part::kGate ? 0 : kBlock);
    both.weight.Put(weights.subspan(column * inputs.count(), here * inputs.count()), {1, here}, inputs,
                    first);
    if (!bias.empty()) both.bias.Put(bias.subspan(column, here), {1, here}, first);
  }
}

void ApplyGatedLinear(const ProductKernel& kernel, const GatedLinear& gated, Activation activation,
                      const Bf16* in, std::size_t rows, Bf16* out, ByteRows* quantized) {
  MultiplyMap(kernel, gated.both, in, rows, quantized,
              [&](const ByteRows* bytes) { return GatedSink(gated.both, bytes, activation, out); });
}

void ApplyLinearAndNormalize(const ProductKernel& kernel, const Linear& linear, const LayerNorm& output_norm,
                             const LayerNorm& norm, const Bf16* in, std::size_t rows, float* x, Bf16* rounded,
                             AlignedBuffer<float>* scratch) {
  NormalizeSink sink(linear, output_norm, norm, rows, x, rounded, scratch);
  Multiply(kernel, linear.weight, in, rows, &sink);
  sink.NormalizeAll();
}

}  // namespace densenode::cpu
