// Exact search for 10 neighbours among 50,000 vectors of 384 dimensions on one thread, as VectorIndex runs
// it: products in bf16 where the CPU has them, and fp32 for what may be among the nearest. GFLOP/s count the
// products of all pairs.
#include <benchmark/benchmark.h>

#include <cmath>

#include "common/one_thread.h"
#include "index/flat_search.h"
#include "native/random_values.h"

namespace densenode {
namespace {

constexpr std::size_t kDimension = 384, kVectors = 50'000, kNeighbours = 10;

std::vector<float> UnitVectors(std::size_t count, unsigned seed) {
  auto values = RandomValues(count * kDimension, seed);
  for (std::size_t begin = 0; begin < values.size(); begin += kDimension) {
    float sum = 0;
    for (std::size_t i = begin; i < begin + kDimension; ++i) sum += values[i] * values[i];
    for (std::size_t i = begin; i < begin + kDimension; ++i) values[i] /= std::sqrt(sum);
  }
  return values;
}

void ExactSearch(benchmark::State& state) {
  const OneThread one_thread;
  static const std::shared_ptr<const VectorIndex> index = [] {
    auto made = VectorIndex::Create({.dimension = kDimension});
    made->Add(UnitVectors(kVectors, 1), {});
    return made;
  }();
  const auto count = static_cast<std::size_t>(state.range(0));
  const auto queries = UnitVectors(count, 2);
  std::vector<std::int64_t> ids(count * kNeighbours);
  std::vector<float> scores(ids.size());
  SearchRequest request;
  request.queries = queries;
  request.k = kNeighbours;
  request.ids = ids.data();
  request.scores = scores.data();
  for (auto _ : state) {
    const auto search = FlatSearch::Plan(index, request);
    if (!search) return state.SkipWithError("no plan for this search");
    for (std::size_t step = 0; step < search->steps(); ++step) search->Step(step);
    if (search->failed()) return state.SkipWithError("the search failed");
  }
  using benchmark::Counter;
  const auto rows = static_cast<double>(count);
  state.counters["queries/s"] = Counter(rows, Counter::kIsIterationInvariantRate);
  state.counters["GFLOP/s"] =
      Counter(2e-9 * rows * kVectors * kDimension, Counter::kIsIterationInvariantRate);
}
BENCHMARK(ExactSearch)->ArgName("queries")->Arg(1)->Arg(8)->Arg(256)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace densenode
