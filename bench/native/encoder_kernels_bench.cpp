// The bf16 encoder's kernels on one thread, in the sizes of MiniLM: width 384, 12 heads of 32, 1,536 inside
// the feed-forward network; products also in those of BERT base and large. GFLOP/s count two operations for
// each product of two values; GB/s what is read and written.
#ifdef __AVX512F__
#include <benchmark/benchmark.h>

#include <algorithm>
#include <string>
#include <vector>

#include "encoder/cpu/activation.h"
#include "encoder/cpu/attention.h"
#include "encoder/cpu/layer_norm.h"
#include "encoder/cpu/linear.h"
#include "native/random_values.h"

namespace densenode::cpu {
namespace {

constexpr std::size_t kWidth = 384, kRows = 512;

using benchmark::Counter;

AlignedBuffer<Bf16> RandomRows(std::size_t rows, std::size_t width) {
  const std::vector<float> values = RandomValues((rows + kBlock) * width);
  AlignedBuffer<Bf16> out(values.size());
  std::transform(values.begin(), values.end(), out.data(), ToBf16);
  return out;
}

Linear RandomLinear(std::size_t outputs, std::size_t inputs) {
  const PaddedAxis out{1, outputs}, in{1, inputs};
  Linear linear{PackedMatrix(outputs, inputs), PaddedVector(RandomValues(outputs), out)};
  linear.weight.Put(RandomValues(outputs * inputs), out, in);
  return linear;
}

void PerSecond(benchmark::State& state, const char* unit, double each) {
  state.counters[unit] = Counter(each / 1e9, Counter::kIsIterationInvariantRate);
}

void Product(benchmark::State& state, const ProductKernel* kernel, Activation activation,
             Factors factors = Factors::kBf16) {
  const bool in_bytes = factors == Factors::kBytes;
  if (!kernel || (in_bytes && !MultipliesBytes(*kernel)))
    return state.SkipWithError("this CPU lacks the instructions");
  const auto inputs = static_cast<std::size_t>(state.range(0)), outputs = 4 * inputs;
  // As many layers as MiniLM has: weights come from beyond the second-level cache.
  std::vector<Linear> layers;
  for (int i = 0; i < 6; ++i) {
    Linear& linear = layers.emplace_back(RandomLinear(outputs, inputs));
    if (in_bytes) linear.in_bytes = ByteMatrix(linear.weight, std::vector<float>(inputs, 1.0f));
    linear.narrow = in_bytes;
  }
  ByteRows quantized;
  const auto in = RandomRows(kRows, inputs);
  AlignedBuffer<Bf16> out((kRows + kBlock) * outputs);
  const KernelScope scope(*kernel);
  std::size_t layer = 0;
  for (auto _ : state) {
    ApplyLinear(*kernel, layers[layer++ % layers.size()], activation, in.data(), kRows, out.data(), outputs,
                &quantized);
    benchmark::ClobberMemory();
  }
  PerSecond(state, "GFLOP/s", 2.0 * kRows * inputs * outputs);
}
void Widths(benchmark::internal::Benchmark* product) {
  product->ArgName("width")->Arg(384)->Arg(768)->Arg(1024);
}
BENCHMARK_CAPTURE(Product, amx, AmxKernel(), Activation::kNone)->Apply(Widths);
BENCHMARK_CAPTURE(Product, amx_with_gelu, AmxKernel(), Activation::kGelu)->Apply(Widths);
BENCHMARK_CAPTURE(Product, amx_bytes_with_gelu, AmxKernel(), Activation::kGelu, Factors::kBytes)
    ->Apply(Widths);
BENCHMARK_CAPTURE(Product, avx512_bf16, Avx512Kernel(), Activation::kNone)->Apply(Widths);
BENCHMARK_CAPTURE(Product, avx512_bf16_with_gelu, Avx512Kernel(), Activation::kGelu)->Apply(Widths);
BENCHMARK_CAPTURE(Product, avx512_bytes_with_gelu, Avx512Kernel(), Activation::kGelu, Factors::kBytes)
    ->Apply(Widths);

void Attention(benchmark::State& state) {
  const ProductKernel* kernel = BestKernel();
  if (!kernel) return state.SkipWithError("this CPU lacks the instructions");
  const auto length = static_cast<std::size_t>(state.range(0));
  const AttentionShape shape{.heads = 12, .head_width = 32, .scale = 0.17f};
  const auto in = RandomRows(length, shape.row_width());
  AlignedBuffer<Bf16> out(length * shape.width());
  AttentionScratch scratch;
  const KernelScope scope(*kernel);
  for (auto _ : state) {
    Attend(*kernel, shape, in.data(), length, out.data(), &scratch);
    benchmark::ClobberMemory();
  }
  const auto tokens = static_cast<double>(length);
  PerSecond(state, "GFLOP/s", 4.0 * tokens * tokens * static_cast<double>(shape.width()));
}
BENCHMARK(Attention)->ArgName("tokens")->Arg(16)->Arg(64)->Arg(256)->Arg(512);

void Gelu(benchmark::State& state) {
  if (!BestKernel()) return state.SkipWithError("this CPU lacks the instructions");
  const auto in = RandomValues(kRows * kBlock), bias = RandomValues(kBlock);
  AlignedBuffer<Bf16> out(kRows * kBlock);
  for (auto _ : state) {
    ActivateBlock(Activation::kGelu, in.data(), kBlock, {bias.data()}, kRows, out.data(), kBlock);
    benchmark::ClobberMemory();
  }
  PerSecond(state, "GB/s", kRows * kBlock * (sizeof(float) + sizeof(Bf16)));
}
BENCHMARK(Gelu);

void AddAndLayerNorm(benchmark::State& state) {
  if (!BestKernel()) return state.SkipWithError("this CPU lacks the instructions");
  const auto gain = RandomValues(kWidth), bias = RandomValues(kWidth), change_bias = RandomValues(kWidth);
  auto x = RandomValues(kRows * kWidth), change = RandomValues(kRows * kWidth);
  AlignedBuffer<Bf16> rounded(kRows * kWidth);
  const LayerNorm norm{gain.data(), bias.data(), 1e-12f, kWidth};
  for (auto _ : state) {
    for (std::size_t at = 0; at < kRows * kWidth; at += kWidth)
      AddAndNormalize(norm, change.data() + at, change_bias.data(), x.data() + at, rounded.data() + at);
    benchmark::ClobberMemory();
  }
  PerSecond(state, "GB/s", kRows * kWidth * (3 * sizeof(float) + sizeof(Bf16)));
}
BENCHMARK(AddAndLayerNorm);

}  // namespace
}  // namespace densenode::cpu
#endif
