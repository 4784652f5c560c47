// VectorIndex on a GPU against VectorIndex on the CPU. Skipped where there is no device.
#include <cuda_runtime_api.h>

#include <atomic>
#include <set>
#include <thread>
#include <tuple>

#include "../index/index_fixture.h"
#include "common/device.h"
#include "cuda/device_memory.h"
#include "cuda/gpu_resources.h"
#include "index/device_backend.h"
#include "index/place.h"

namespace densenode::test {
namespace {

constexpr Device kCpu{};

Device Gpu() { return Device{GetCudaSupport().devices.front().ordinal}; }

class GpuIndexes : public testing::Test {
 protected:
  void SetUp() override {
    if (GetCudaSupport().devices.empty()) GTEST_SKIP() << GetCudaSupport().problem;
  }
};

std::size_t FreeBytes() {
  std::size_t free = 0, total = 0;
  CheckCuda(cudaSetDevice(Gpu().ordinal), "changing the device");
  CheckCuda(cudaMemGetInfo(&free, &total), "asking for free memory");
  return free;
}

std::vector<float> Normal(std::size_t values, std::mt19937& random) {
  std::normal_distribution<float> normal;
  std::vector<float> made(values);
  for (float& value : made) value = normal(random);
  return made;
}

// Of the k ids of each row, the share that both have.
double Overlap(const Result& one, const Result& other, std::size_t k) {
  std::size_t same = 0;
  for (std::size_t row = 0; row < one.ids.size() / k; ++row) {
    const std::set<std::int64_t> ids(one.ids.begin() + static_cast<std::ptrdiff_t>(row * k),
                                     one.ids.begin() + static_cast<std::ptrdiff_t>((row + 1) * k));
    for (std::size_t i = row * k; i < (row + 1) * k; ++i) same += ids.count(other.ids[i]);
  }
  return static_cast<double>(same) / static_cast<double>(one.ids.size());
}

// The score by its definition, and the size of the numbers that it is made of.
std::pair<double, double> Exact(const float* a, const float* b, std::size_t dimension, Metric metric) {
  double dot = 0, l1 = 0, squares_a = 0, squares_b = 0, sum = 0;
  for (std::size_t i = 0; i < dimension; ++i) {
    const double x = a[i], y = b[i];
    dot += x * y, l1 += std::fabs(x - y), squares_a += x * x, squares_b += y * y;
    sum += std::fabs(x) + std::fabs(y);
  }
  const double product = std::sqrt(squares_a * squares_b);
  switch (metric) {
    case Metric::kL2:
      return {squares_a + squares_b - 2 * dot, squares_a + squares_b};
    case Metric::kL1:
      return {l1, sum};
    case Metric::kCosine:
      return {product > 0 ? dot / product : 0, 1};
    case Metric::kInnerProduct:
      break;
  }
  return {dot, product};
}

// Every score is the score of its id, and the k-th score is the k-th best: up to rounding, relative to the
// numbers involved.
void ExpectExact(const Result& found, const Result& cpu, const std::vector<float>& vectors,
                 const std::vector<float>& queries, std::size_t dimension, Metric metric, std::size_t k,
                 double tolerance) {
  const std::size_t n = vectors.size() / dimension;
  for (std::size_t row = 0; row < queries.size() / dimension; ++row) {
    std::set<std::int64_t> seen;
    for (std::size_t i = row * k; i < (row + 1) * k; ++i) {
      if (i - row * k >= n) {
        ASSERT_EQ(found.ids[i], -1);
        continue;
      }
      const std::int64_t id = found.ids[i];
      ASSERT_GE(id, 0) << "row " << row;
      ASSERT_LT(id, static_cast<std::int64_t>(n));
      ASSERT_TRUE(seen.insert(id).second) << "id " << id << " twice in row " << row;
      const auto [exact, size] = Exact(&queries[row * dimension],
                                       &vectors[static_cast<std::size_t>(id) * dimension], dimension, metric);
      ASSERT_NEAR(found.scores[i], exact, tolerance * size + 1e-6) << "row " << row << ", id " << id;
      ASSERT_NEAR(found.scores[i], cpu.scores[i], 2 * tolerance * size + 1e-6) << "row " << row;
    }
  }
}

TEST_F(GpuIndexes, RandomShapesAreExact) {
  for (unsigned seed = 1; seed <= 1000; ++seed) {
    std::mt19937 random(seed);
    const auto below = [&](std::size_t end) { return random() % end; };
    const auto logarithmic = [&](double most) {
      return static_cast<std::size_t>(std::exp(std::uniform_real_distribution(0.0, std::log(most))(random)));
    };
    const std::size_t dimension = below(3) ? std::max<std::size_t>(1, logarithmic(140)) * 8 : 1 + below(300);
    const std::size_t n = logarithmic(20000);
    // About 20 million multiplications a shape keep the oracle quick.
    const std::size_t most_queries = std::max<std::size_t>(1, 20000000 / (n * dimension));
    const std::size_t m = below(3) ? 1 + below(std::min<std::size_t>(6, most_queries))
                                   : std::min<std::size_t>(logarithmic(3000), most_queries);
    const std::size_t k = below(2) ? 1 + below(20) : std::min(logarithmic(2048), 1 + 100000 / m);
    const auto metric = static_cast<Metric>(below(4));
    const Storage storage = below(2) ? Storage::kHalf : Storage::kFloat;
    SCOPED_TRACE(testing::Message() << "seed " << seed << ": " << n << " x " << dimension << ", " << m
                                    << " queries, k " << k << ", " << MetricName(metric) << ", "
                                    << StorageName(storage));
    const auto vectors = Normal(n * dimension, random), queries = Normal(m * dimension, random);
    const auto index = Built("Flat", dimension, metric, vectors);
    const Result expected = Search(*index, queries, k);
    index->MoveTo(Gpu(), storage);
    const double tolerance = storage == Storage::kHalf ? 2e-3 : 2e-5;
    ExpectExact(Search(*index, queries, k), expected, vectors, queries, dimension, metric, k, tolerance);
    if (HasFatalFailure()) return;
  }
}

// More queries and vectors than one table of distances holds.
TEST_F(GpuIndexes, TilesOfManyQueriesAreExact) {
  std::mt19937 random(7);
  constexpr std::size_t kDimension = 8, kVectors = 250000;
  const auto vectors = Normal(kVectors * kDimension, random);
  for (const Metric metric : {Metric::kInnerProduct, Metric::kL2}) {
    const auto cpu = Built("Flat", kDimension, metric, vectors);
    for (const Storage storage : {Storage::kFloat, Storage::kHalf}) {
      const auto gpu = Built("Flat", kDimension, metric, vectors);
      gpu->MoveTo(Gpu(), storage);
      for (const auto& [m, k] :
           {std::pair<std::size_t, std::size_t>{1, 2048}, {3, 10}, {200, 1}, {1025, 10}}) {
        SCOPED_TRACE(testing::Message() << m << " queries, k " << k << ", " << MetricName(metric) << ", "
                                        << StorageName(storage));
        const auto queries = Normal(m * kDimension, random);
        ExpectExact(Search(*gpu, queries, k), Search(*cpu, queries, k), vectors, queries, kDimension, metric,
                    k, storage == Storage::kHalf ? 2e-3 : 2e-5);
        if (HasFatalFailure()) return;
      }
    }
  }
}

struct Family {
  const char* factory;
  Metric metric;
  Storage storage;
  double least_overlap;
};

class GpuFamily : public GpuIndexes, public testing::WithParamInterface<Family> {};
INSTANTIATE_TEST_SUITE_P(All, GpuFamily,
                         testing::Values(Family{"Flat", Metric::kInnerProduct, Storage::kFloat, 0.999},
                                         Family{"Flat", Metric::kL2, Storage::kFloat, 0.999},
                                         Family{"Flat", Metric::kCosine, Storage::kFloat, 0.999},
                                         Family{"Flat", Metric::kL1, Storage::kFloat, 0.999},
                                         Family{"Flat", Metric::kInnerProduct, Storage::kHalf, 0.98},
                                         Family{"Flat", Metric::kL2, Storage::kHalf, 0.97},
                                         Family{"Flat", Metric::kCosine, Storage::kHalf, 0.98},
                                         Family{"Flat", Metric::kL1, Storage::kHalf, 0.97},
                                         Family{"SQfp16", Metric::kCosine, Storage::kFloat, 0.98},
                                         Family{"IVF64,Flat", Metric::kL2, Storage::kFloat, 0.99},
                                         Family{"IVF64,Flat", Metric::kCosine, Storage::kFloat, 0.99},
                                         Family{"IVF64,SQ8", Metric::kL2, Storage::kFloat, 0.98},
                                         Family{"IVF64,SQ4", Metric::kInnerProduct, Storage::kFloat, 0.98},
                                         Family{"IVF64,SQ6", Metric::kL2, Storage::kFloat, 0.98},
                                         Family{"IVF64,SQfp16", Metric::kCosine, Storage::kFloat, 0.98},
                                         Family{"IVF64,PQ8np", Metric::kL2, Storage::kFloat, 0.95},
                                         Family{"IVF64,PQ16np", Metric::kCosine, Storage::kFloat, 0.95},
                                         Family{"IVF64,PQ64np", Metric::kL2, Storage::kFloat, 0.93},
                                         Family{"PCA32,Flat", Metric::kL2, Storage::kFloat, 0.99},
                                         Family{"OPQ16,IVF64,PQ16np", Metric::kInnerProduct, Storage::kFloat,
                                                0.95}),
                         [](const auto& info) {
                           std::string name = std::string(info.param.factory) + "_" +
                                              MetricName(info.param.metric) + "_" +
                                              StorageName(info.param.storage);
                           std::replace_if(
                               name.begin(), name.end(), [](char c) { return !std::isalnum(c); }, '_');
                           return name;
                         });

TEST_P(GpuFamily, AgreesWithTheCpuThroughAllChanges) {
  const auto [factory, metric, storage, least] = GetParam();
  constexpr std::size_t kDimension = 64, kVectors = 20000;
  const auto vectors = Clustered(kVectors, kDimension, 1), queries = Clustered(300, kDimension, 2);
  const bool ivf = std::string(factory).find("IVF") != std::string::npos;
  VectorIndex::SearchParameters parameters;
  if (ivf) parameters["nprobe"] = 8;
  const std::span all(vectors);

  const auto cpu = VectorIndex::Create({kDimension, metric, factory});
  const auto gpu = VectorIndex::Create({kDimension, metric, factory, Gpu(), storage});
  const auto agree = [&](const VectorIndex& other, const char* when) {
    SCOPED_TRACE(when);
    ASSERT_EQ(other.count(), cpu->count());
    for (const std::size_t k : {1, 10, 100}) {
      const Result expected = Search(*cpu, queries, k, parameters),
                   found = Search(other, queries, k, parameters);
      EXPECT_GE(Overlap(expected, found, k), k == 1 ? least - 0.02 : least) << "k " << k;
    }
    // A few queries take another way than many.
    const std::vector<float> few(queries.begin(), queries.begin() + 2 * kDimension);
    EXPECT_GE(Overlap(Search(*cpu, few, 100, parameters), Search(other, few, 100, parameters), 100),
              least - 0.04);
    std::vector<float> expected(kDimension), row(kDimension);
    cpu->Reconstruct(7, expected.data());
    other.Reconstruct(7, row.data());
    for (std::size_t i = 0; i < kDimension; ++i) {
      EXPECT_NEAR(row[i], expected[i], storage == Storage::kHalf ? 5e-3 : 1e-5) << i;
    }
  };

  cpu->Train(vectors);
  if (cpu->is_trained() && ivf) {
    // The same codebooks on both sides: trained once, on the CPU.
    const TemporaryFolder folder;
    cpu->Save(folder / "trained");
    const auto trained = VectorIndex::Open(folder / "trained", false);
    trained->MoveTo(Gpu(), storage);
    for (std::size_t i = 0; i < kVectors; i += 4000) {
      const auto part = all.subspan(i * kDimension, 4000 * kDimension);
      cpu->Add(part, {});
      trained->Add(part, {});
    }
    agree(*trained, "added in steps on the GPU");
  } else {
    gpu->Train(vectors);
    for (std::size_t i = 0; i < kVectors; i += 4000) {
      const auto part = all.subspan(i * kDimension, 4000 * kDimension);
      cpu->Add(part, {});
      gpu->Add(part, {});
    }
    if (std::string(factory).find("PCA") == std::string::npos) agree(*gpu, "added in steps on the GPU");
  }

  const TemporaryFolder folder;
  cpu->Save(folder / "cpu");
  const auto moved = VectorIndex::Open(folder / "cpu", true);
  moved->MoveTo(Gpu(), storage);
  agree(*moved, "opened to the GPU");
  EXPECT_GT(moved->memory_bytes(), kVectors * 8);
  moved->Save(folder / "gpu");
  agree(*VectorIndex::Open(folder / "gpu", false), "saved from the GPU, opened on the CPU");
  const std::vector<std::int64_t> gone{3, 4, 19999, 123456};
  EXPECT_EQ(moved->Remove(gone), 3u);
  EXPECT_EQ(cpu->Remove(gone), 3u);
  agree(*moved, "after removal");
  std::vector<std::int64_t> ids(100);
  std::iota(ids.rbegin(), ids.rend(), 900000);
  moved->Add(all.first(100 * kDimension), ids);
  cpu->Add(all.first(100 * kDimension), ids);
  agree(*moved, "after more ids");
  moved->MoveTo(kCpu, {});
  agree(*moved, "back on the CPU");
}

// Two shards or replicas on one device, and on two where they are.
TEST_F(GpuIndexes, OnSeveralDevicesTheResultsAreTheSame) {
  constexpr std::size_t kDimension = 64, kVectors = 20000;
  const auto vectors = Clustered(kVectors, kDimension, 1), queries = Clustered(300, kDimension, 2);
  const auto added = Clustered(4501, kDimension, 3);
  const auto& devices = GetCudaSupport().devices;
  const std::vector<Device> both{Gpu(), Device{devices.back().ordinal}};
  for (const Spread spread : {Spread::kShard, Spread::kReplicate}) {
    const Place group = Place::Of(both, spread);
    for (const auto& [factory, storage, least] : {std::tuple{"Flat", Storage::kFloat, 0.999},
                                                  {"Flat", Storage::kHalf, 0.97},
                                                  {"SQfp16", Storage::kFloat, 0.97},
                                                  {"IVF64,Flat", Storage::kFloat, 0.99},
                                                  {"IVF64,SQ8", Storage::kFloat, 0.98},
                                                  {"IVF64,PQ16np", Storage::kFloat, 0.95},
                                                  {"PCA32,Flat", Storage::kFloat, 0.99}}) {
      SCOPED_TRACE(testing::Message() << factory << ' ' << StorageName(storage) << ' '
                                      << (spread == Spread::kShard ? "shards" : "replicas"));
      VectorIndex::SearchParameters parameters;
      if (std::string(factory).starts_with("IVF")) parameters["nprobe"] = 8;
      const auto cpu = Built(factory, kDimension, Metric::kL2, vectors);
      const TemporaryFolder folder;
      cpu->Save(folder / "cpu");
      const auto index = VectorIndex::Open(folder / "cpu", true);
      const auto agrees = [&](const VectorIndex& other) {
        ASSERT_EQ(other.count(), cpu->count());
        for (const std::size_t k : {1, 10, 100}) {
          EXPECT_GE(Overlap(Search(*cpu, queries, k, parameters), Search(other, queries, k, parameters), k),
                    k == 1 ? least - 0.02 : least)
              << "k " << k;
        }
        std::vector<float> expected(kDimension), row(kDimension);
        for (const std::int64_t id : {7, 11000}) {
          cpu->Reconstruct(id, expected.data());
          other.Reconstruct(id, row.data());
          for (std::size_t i = 0; i < kDimension; ++i) EXPECT_NEAR(row[i], expected[i], 1e-2) << i;
        }
      };
      index->MoveTo(group, storage);
      EXPECT_EQ(index->device(), group);
      agrees(*index);
      const std::span more(added);
      for (const auto& [first, n] : {std::pair<std::size_t, std::size_t>{0, 1}, {1, 500}, {501, 4000}}) {
        index->Add(more.subspan(first * kDimension, n * kDimension), {});
        cpu->Add(more.subspan(first * kDimension, n * kDimension), {});
      }
      agrees(*index);
      const std::vector<std::int64_t> gone{3, 12000, 20000, 24000, 123456};
      EXPECT_EQ(index->Remove(gone), cpu->Remove(gone));
      agrees(*index);
      index->Save(folder / "group");
      agrees(*VectorIndex::Open(folder / "group", false));
      index->MoveTo(Gpu(), {});
      agrees(*index);
      index->MoveTo(group, {});
      std::vector<std::thread> threads;
      for (int t = 0; t < 4; ++t) threads.emplace_back([&] { agrees(*index); });
      for (auto& thread : threads) thread.join();
      index->MoveTo(kCpu, {});
      agrees(*index);
    }
  }
}

TEST_F(GpuIndexes, TrainsAndBuildsOnTheDevice) {
  const auto vectors = Clustered(10000, 32, 1), queries = Clustered(100, 32, 2);
  const auto exact = Built("Flat", 32, Metric::kL2, vectors);
  const auto index = VectorIndex::Create({32, Metric::kL2, "IVF64,Flat", Gpu()});
  EXPECT_FALSE(index->is_trained());
  index->Train(vectors);
  index->Add(vectors, {});
  EXPECT_GE(Overlap(Search(*exact, queries, 10), Search(*index, queries, 10, {{"nprobe", 64}}), 10), 0.999);
}

TEST_F(GpuIndexes, QueriesInDeviceMemory) {
  const auto vectors = Clustered(5000, 64, 1);
  auto queries = Clustered(3000, 64, 2);
  const auto memory = GetDeviceBackend().Allocate(Gpu(), queries.size());
  const auto upload = [&] {
    CheckCuda(
        cudaMemcpy(memory.get(), queries.data(), queries.size() * sizeof(float), cudaMemcpyHostToDevice),
        "copying");
  };
  for (const char* factory : {"Flat", "IVF32,Flat", "PCA16,Flat"}) {
    const auto index = Built(factory, 64, Metric::kCosine, vectors);
    for (const bool on_gpu : {true, false}) {
      index->MoveTo(on_gpu ? Gpu() : kCpu, {});
      upload();
      const Result expected = Search(*index, queries, 10);
      Result found{std::vector<std::int64_t>(30000), std::vector<float>(30000)};
      index->Search({memory.get(), queries.size()}, 10, {}, found.ids.data(), found.scores.data(), Gpu());
      EXPECT_GE(Overlap(expected, found, 10), 0.9999) << factory;
      const std::size_t before = index->count();
      index->Add({memory.get(), 1000 * 64}, {}, Gpu());
      EXPECT_EQ(index->count(), before + 1000);

      const float kept = std::exchange(queries[64 * 7], std::numeric_limits<float>::quiet_NaN());
      upload();
      EXPECT_ERROR(
          index->Search({memory.get(), queries.size()}, 10, {}, found.ids.data(), found.scores.data(), Gpu()),
          ErrorCode::kInvalidArgument, "NaN");
      EXPECT_ERROR(index->Add({memory.get(), 1000 * 64}, {}, Gpu()), ErrorCode::kInvalidArgument, "NaN");
      EXPECT_EQ(index->count(), before + 1000);
      queries[64 * 7] = kept;
    }
  }
}

TEST_F(GpuIndexes, LimitsAndBadValuesAreErrors) {
  const auto vectors = Clustered(5000, 16, 1);
  const auto index = Built("IVF32,Flat", 16, Metric::kL2, vectors);
  index->MoveTo(Gpu(), {});
  auto queries = Clustered(5, 16, 2);
  EXPECT_NO_THROW(Search(*index, queries, 2048, {{"nprobe", 32}}));
  EXPECT_ERROR(Search(*index, queries, 2049), ErrorCode::kInvalidArgument, "2048");
  EXPECT_ERROR(Search(*index, queries, 1, {{"nprobe", 33}}), ErrorCode::kInvalidArgument, "nprobe");
  EXPECT_ERROR(Search(*index, queries, 1, {{"max_codes", 3}}), ErrorCode::kInvalidArgument, "nprobe");
  queries[16 * 3 + 2] = std::numeric_limits<float>::infinity();
  EXPECT_ERROR(Search(*index, queries, 1), ErrorCode::kInvalidArgument,
               "query 3 has an infinite value at position 2");

  const auto half = VectorIndex::Create({16, Metric::kL2, "Flat", Gpu(), Storage::kHalf});
  half->Add(vectors, {});
  auto large = Clustered(3, 16, 3);
  large[20] = 70000;
  EXPECT_ERROR(half->Add(large, {}), ErrorCode::kInvalidArgument, "65504");
  EXPECT_ERROR(Search(*half, large, 1), ErrorCode::kInvalidArgument, "65504");
  EXPECT_EQ(half->count(), 5000u);
  const auto beyond = Built("Flat", 16, Metric::kL2, large);
  EXPECT_ERROR(beyond->MoveTo(Gpu(), Storage::kHalf), ErrorCode::kInvalidArgument, "65504");
  EXPECT_EQ(beyond->device(), kCpu);
  EXPECT_NO_THROW(beyond->MoveTo(Gpu(), Storage::kFloat));
}

TEST_F(GpuIndexes, AFullDeviceIsAnErrorAndTheIndexGoesOn) {
  const auto vectors = Clustered(20000, 256, 1), queries = Clustered(10, 256, 2);
  const auto resident = Built("Flat", 256, Metric::kL2, vectors);
  resident->MoveTo(Gpu(), {});
  const auto waiting = Built("IVF16,Flat", 256, Metric::kL2, vectors);
  const Result expected = Search(*resident, queries, 10);
  {
    DeviceBuffer<char> hog(FreeBytes() - (std::size_t{200} << 20));
    EXPECT_ERROR(waiting->MoveTo(Gpu(), {}), ErrorCode::kOutOfMemory, "MiB are free");
    EXPECT_EQ(waiting->device(), kCpu);
    EXPECT_ERROR(resident->Add(vectors, {}), ErrorCode::kOutOfMemory, "MiB are free");
    ExpectSame(Search(*resident, queries, 10), expected);
    EXPECT_EQ(resident->count(), 20000u);
  }
  waiting->MoveTo(Gpu(), {});
  resident->Add(vectors, {});
  EXPECT_EQ(resident->count(), 40000u);
}

TEST_F(GpuIndexes, ThreadsSearchAtTheSameTime) {
  const auto vectors = Clustered(20000, 64, 1), queries = Clustered(50, 64, 2);
  std::vector<std::shared_ptr<VectorIndex>> indexes;
  std::vector<Result> expected;
  for (const char* factory : {"Flat", "IVF32,Flat", "IVF32,SQ8"}) {
    indexes.push_back(Built(factory, 64, Metric::kInnerProduct, vectors));
    indexes.back()->MoveTo(Gpu(), {});
    expected.push_back(Search(*indexes.back(), queries, 10));
  }
  std::vector<std::thread> threads;
  for (std::size_t t = 0; t < 8; ++t) {
    threads.emplace_back([&, t] {
      for (std::size_t i = 0; i < 60; ++i) {
        const std::size_t which = (t + i) % indexes.size();
        EXPECT_EQ(Search(*indexes[which], queries, 10).ids, expected[which].ids);
      }
    });
  }
  for (auto& thread : threads) thread.join();
}

TEST_F(GpuIndexes, MemoryOfTheDeviceDoesNotGrow) {
  const auto vectors = Clustered(20000, 64, 1), queries = Clustered(100, 64, 2);
  const auto index = Built("IVF32,Flat", 64, Metric::kL2, vectors);
  const auto flat = Built("Flat", 64, Metric::kL2, vectors);
  std::size_t after_warming = 0;
  for (int round = 0; round < 200; ++round) {
    for (const auto& each : {index, flat}) {
      each->MoveTo(Gpu(), {});
      Search(*each, queries, 10);
      each->MoveTo(kCpu, {});
    }
    const auto temporary = VectorIndex::Create({64, Metric::kCosine, "Flat", Gpu(), Storage::kHalf});
    temporary->Add(vectors, {});
    Search(*temporary, queries, 10);
    if (round == 20) after_warming = FreeBytes();
  }
  const std::size_t at_end = FreeBytes();
  EXPECT_LE(after_warming, at_end + (std::size_t{8} << 20))
      << "free before " << after_warming << ", after " << at_end;
}

}  // namespace
}  // namespace densenode::test
