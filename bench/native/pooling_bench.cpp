// One vector out of the token vectors of a text, and its division by its norm, on one thread.
#include <benchmark/benchmark.h>

#include "encoder/modules/pooling.h"
#include "native/random_values.h"

namespace densenode {
namespace {

void Pool(benchmark::State& state, PoolingMode mode) {
  constexpr std::size_t kTokens = 128, kWidth = 384;
  const auto hidden = RandomValues(kTokens * kWidth);
  std::vector<float> out(kWidth);
  for (auto _ : state) {
    PoolText(mode, hidden.data(), kTokens, 0, kWidth, kWidth, out.data());
    Normalize(out.data(), kWidth);
    benchmark::ClobberMemory();
  }
  state.counters["GB/s"] = benchmark::Counter(1e-9 * kTokens * kWidth * sizeof(float),
                                              benchmark::Counter::kIsIterationInvariantRate);
}
BENCHMARK_CAPTURE(Pool, mean, PoolingMode::kMean);
BENCHMARK_CAPTURE(Pool, max, PoolingMode::kMax);

}  // namespace
}  // namespace densenode
