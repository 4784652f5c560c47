// Products in fp32 by BLAS on one thread, in the sizes of a feed-forward network of MiniLM.
#include <benchmark/benchmark.h>

#include "common/matrix_product.h"
#include "common/one_thread.h"
#include "native/random_values.h"

namespace densenode {
namespace {

void FloatProduct(benchmark::State& state) {
  constexpr std::size_t kRows = 1024, kInputs = 384, kOutputs = 1536;
  const OneThread one_thread;
  const auto a = RandomValues(kRows * kInputs), b = RandomValues(kOutputs * kInputs);
  std::vector<float> c(kRows * kOutputs);
  for (auto _ : state) {
    MatrixProduct(Transpose::kNo, Transpose::kYes, kRows, kOutputs, kInputs, 1, a.data(), b.data(), 0,
                  c.data());
    benchmark::ClobberMemory();
  }
  state.counters["GFLOP/s"] =
      benchmark::Counter(2e-9 * kRows * kInputs * kOutputs, benchmark::Counter::kIsIterationInvariantRate);
}
BENCHMARK(FloatProduct);

}  // namespace
}  // namespace densenode
