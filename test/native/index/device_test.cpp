// VectorIndex with its vectors on a device, up to the device itself (host_device.h). The GPU is tested in
// test/native/cuda.
#include <atomic>
#include <future>
#include <thread>

#include "common/filter.h"
#include "host_device.h"
#include "index/device_family.h"
#include "index/faiss_change.h"
#include "index/search_job.h"
#include "index_fixture.h"

namespace densenode::test {
namespace {

constexpr std::size_t kDimension = 16;
constexpr Device kDevice{0}, kOther{1}, kCpu{};

struct Family {
  const char* factory;
  Metric metric;
};

class DeviceFamily : public testing::TestWithParam<Family> {};
INSTANTIATE_TEST_SUITE_P(All, DeviceFamily,
                         testing::Values(Family{"Flat", Metric::kL2}, Family{"Flat", Metric::kCosine},
                                         Family{"Flat", Metric::kL1}, Family{"SQfp16", Metric::kInnerProduct},
                                         Family{"IVF16,Flat", Metric::kL2},
                                         Family{"IVF16,Flat", Metric::kCosine},
                                         Family{"IVF16,SQ8", Metric::kInnerProduct},
                                         Family{"IVF16,PQ4np", Metric::kL2}, Family{"PCA8,Flat", Metric::kL2},
                                         Family{"OPQ4,IVF16,PQ4np", Metric::kCosine}),
                         [](const auto& info) { return FamilyName(info.param.factory, info.param.metric); });

TEST_P(DeviceFamily, GivesTheSameResultsWhereverItIs) {
  HostBackend backend;
  const auto [factory, metric] = GetParam();
  const auto vectors = Clustered(2000, kDimension, 1), queries = Clustered(20, kDimension, 2);
  const TemporaryFolder folder;
  for (const bool explicit_ids : {false, true}) {
    const auto ids = explicit_ids ? ShuffledIds(2000, 3) : std::vector<std::int64_t>();
    const auto index = Built(factory, kDimension, metric, vectors, ids);
    VectorIndex::SearchParameters parameters;
    if (std::string(factory).find("IVF") != std::string::npos) parameters["nprobe"] = 5;
    const Result expected = Search(*index, queries, 10, parameters);
    const auto row = Row(*index, explicit_ids ? ids[77] : 77);

    const auto equals = [&](const VectorIndex& other) {
      ExpectSame(Search(other, queries, 10, parameters), expected);
      EXPECT_EQ(Row(other, explicit_ids ? ids[77] : 77), row);
      EXPECT_EQ(other.count(), 2000u);
    };
    index->MoveTo(kDevice, {});
    EXPECT_EQ(index->device(), kDevice);
    EXPECT_EQ(backend.state.indexes, 1);
    EXPECT_GE(index->memory_bytes(), 2000u * 4);
    equals(*index);
    index->Save(folder / "index");
    equals(*VectorIndex::Open(folder / "index", false));
    index->MoveTo(kOther, {});
    EXPECT_EQ(backend.state.indexes, 1);
    equals(*index);
    index->MoveTo(kCpu, {});
    EXPECT_EQ(backend.state.indexes, 0);
    equals(*index);

    // An opened file, mapped, on the way to the device.
    const auto opened = VectorIndex::Open(folder / "index", true);
    opened->MoveTo(kDevice, {});
    equals(*opened);
    EXPECT_EQ(opened->Remove(std::vector<std::int64_t>{explicit_ids ? ids[77] : 77, -3}), 1u);
    EXPECT_EQ(opened->count(), 1999u);
    EXPECT_ERROR(Row(*opened, explicit_ids ? ids[77] : 77), ErrorCode::kInvalidArgument, "not in the index");
  }
}

TEST_P(DeviceFamily, ChangesAsOnTheCpu) {
  HostBackend backend;
  const auto [factory, metric] = GetParam();
  const auto vectors = Clustered(2000, kDimension, 1), queries = Clustered(20, kDimension, 2);
  const auto cpu = VectorIndex::Create({kDimension, metric, factory});
  const auto moved = VectorIndex::Create({kDimension, metric, factory, kDevice});
  EXPECT_EQ(moved->device(), kDevice);
  const auto both = [&](const auto& change) {
    change(*cpu);
    change(*moved);
    ASSERT_EQ(cpu->count(), moved->count());
    ExpectSame(Search(*moved, queries, 10), Search(*cpu, queries, 10));
  };
  if (!cpu->is_trained()) {
    EXPECT_ERROR(Search(*moved, queries, 1), ErrorCode::kIndexNotTrained, "train()");
    EXPECT_EQ(moved->Remove(std::vector<std::int64_t>{1}), 0u);
    moved->MoveTo(kOther, {});
    moved->MoveTo(kDevice, {});
  }
  both([&](VectorIndex& index) { index.Train(vectors); });
  const std::span all(vectors);
  both([&](VectorIndex& index) { index.Add(all.first(500 * kDimension), {}); });
  both([&](VectorIndex& index) {
    index.Add(all.subspan(500 * kDimension, 100 * kDimension), ShuffledIds(100, 7919, 1000));
  });
  both([&](VectorIndex& index) { index.Add(all.subspan(600 * kDimension, 300 * kDimension), {}); });
  both([&](VectorIndex& index) {
    EXPECT_EQ(index.Remove(std::vector<std::int64_t>{0, 5, 499, 8919, 123456789, 4}), 5u);
  });
  both([&](VectorIndex& index) { index.Add(all.subspan(900 * kDimension), {}); });
  both([&](VectorIndex& index) {
    EXPECT_EQ(index.Update(all.first(2 * kDimension), std::vector<std::int64_t>{7, 1000}, Missing::kRefuse),
              0u);
    EXPECT_EQ(index.Update(all.first(2 * kDimension), std::vector<std::int64_t>{8, 77777}, Missing::kAdd),
              1u);
  });
  const auto other = VectorIndex::Create({.dimension = kDimension, .metric = metric, .device = kDevice});
  other->Add(all.first(5 * kDimension), std::vector<std::int64_t>{90000, 90004, 90001, 90003, 90002});
  both([&](VectorIndex& index) { index.Merge(*other); });
  const Filter filter({.to = 10});
  std::int64_t id;
  float score;
  EXPECT_ERROR(moved->Search(all.first(kDimension), 1, {}, &id, &score, {}, &filter),
               ErrorCode::kIndexUnsupported, "no filters on a GPU");
  moved->MoveTo(kCpu, {});
  both([&](VectorIndex& index) { EXPECT_EQ(index.Remove(std::vector<std::int64_t>{1, 2}), 2u); });
  // Ids that are there are refused in every form, and nothing is added.
  moved->MoveTo(kDevice, {});
  const std::size_t before = moved->count();
  EXPECT_ERROR(moved->Add(all.first(2 * kDimension), std::vector<std::int64_t>{1, 3}),
               ErrorCode::kInvalidArgument, "id 3 is already in the index");
  EXPECT_EQ(moved->count(), before);
}

TEST(DeviceIndexes, FamiliesWithoutAGpuFormAreNamed) {
  HostBackend backend;
  const auto refused = [](const char* factory, Metric metric, const char* part) {
    EXPECT_ERROR(VectorIndex::Create({kDimension, metric, factory, kDevice}), ErrorCode::kIndexUnsupported,
                 part);
    EXPECT_ERROR(VectorIndex::Create({kDimension, metric, factory, kDevice}), ErrorCode::kIndexUnsupported,
                 "Families with one: Flat");
  };
  refused("HNSW8", Metric::kL2, "HNSW");
  refused("SQ8", Metric::kL2, "SQfp16");
  refused("PQ4", Metric::kL2, "PQ");
  refused("PQ4x4fs", Metric::kL2, "fast scan");
  refused("IVF16,PQ4x4fs", Metric::kL2, "fast scan");
  refused("IVF16,RaBitQ", Metric::kL2, "RaBitQ");
  refused("IVF16_HNSW8,Flat", Metric::kL2, "coarse quantizer");
  refused("IVF16,Flat", Metric::kL1, "metrics");
  refused("IVF16,PQ4x6", Metric::kL2, "8 bits");
  refused("Flat,RFlat", Metric::kL2, "refinement");
  const auto index = VectorIndex::Create({kDimension, Metric::kL2, "HNSW8"});
  EXPECT_ERROR(index->MoveTo(kDevice, {}), ErrorCode::kIndexUnsupported, "HNSW");
  EXPECT_EQ(index->device(), kCpu);
  EXPECT_ERROR(VectorIndex::Create({kDimension, Metric::kL2, "IVF16,SQ8", kDevice, Storage::kHalf}),
               ErrorCode::kInvalidArgument, "IVFn,SQfp16");
  EXPECT_ERROR(VectorIndex::Create({kDimension, Metric::kL2, "Flat", kCpu, Storage::kHalf}),
               ErrorCode::kInvalidArgument, "SQfp16");
  EXPECT_ERROR(VectorIndex::Create({14, Metric::kL2, "IVF16,PQ7", kDevice}), ErrorCode::kIndexUnsupported,
               "m of PQm must be one of 1, 2, 3");
  EXPECT_ERROR(VectorIndex::Create({6144, Metric::kL2, "IVF4,SQ8", kDevice}), ErrorCode::kIndexUnsupported,
               "below 6144 dimensions");
}

TEST(DeviceIndexes, LimitsAreCheckedBeforeWork) {
  HostBackend backend;
  const auto vectors = Clustered(500, kDimension, 1), queries = Clustered(2, kDimension, 2);
  const auto index = Built("IVF16,Flat", kDimension, Metric::kL2, vectors);
  EXPECT_EQ(index->most_results(), std::size_t{1} << 24);
  EXPECT_NO_THROW(index->CheckSearchParameters({{"max_codes", 5}}));
  index->MoveTo(kDevice, {});
  EXPECT_EQ(index->most_results(), 2048u);
  EXPECT_ERROR(Search(*index, queries, 2049), ErrorCode::kInvalidArgument,
               "k must be from 1 to 2048 on a GPU");
  EXPECT_NO_THROW(Search(*index, queries, 2048));
  EXPECT_ERROR(index->CheckSearchParameters({{"max_codes", 5}}), ErrorCode::kInvalidArgument,
               "it has: nprobe");
  EXPECT_ERROR(index->CheckSearchParameters({{"nprobe", 17}}), ErrorCode::kInvalidArgument, "from 1 to 16");
  EXPECT_ERROR(Search(*index, queries, 1, {{"nprobe", 0}}), ErrorCode::kInvalidArgument, "from 1 to 16");
  auto wrong = queries;
  wrong[kDimension + 3] = std::numeric_limits<float>::quiet_NaN();
  EXPECT_ERROR(Search(*index, wrong, 1), ErrorCode::kInvalidArgument, "query 1 has NaN at position 3");
  EXPECT_ERROR(index->Add(wrong, {}), ErrorCode::kInvalidArgument, "vector 1 has NaN at position 3");
  wrong.pop_back();
  EXPECT_ERROR(index->Search(wrong, 1, {}, nullptr, nullptr), ErrorCode::kInvalidArgument, "multiple of 16");
}

TEST(DeviceIndexes, FailuresLeaveTheIndexAsItWas) {
  HostBackend backend;
  const auto vectors = Clustered(500, kDimension, 1), queries = Clustered(5, kDimension, 2);
  const auto index = Built("IVF16,Flat", kDimension, Metric::kL2, vectors);
  const Result expected = Search(*index, queries, 5);
  backend.state.full = true;
  EXPECT_ERROR(index->MoveTo(kDevice, {}), ErrorCode::kOutOfMemory, "full");
  EXPECT_EQ(index->device(), kCpu);
  ExpectSame(Search(*index, queries, 5), expected, 1e-4f, 5);
  backend.state.full = false;
  index->MoveTo(kDevice, {});
  backend.state.full = true;
  EXPECT_ERROR(index->Add(vectors, {}), ErrorCode::kOutOfMemory, "full");
  EXPECT_ERROR(index->Remove(std::vector<std::int64_t>{1}), ErrorCode::kOutOfMemory, "full");
  EXPECT_EQ(index->count(), 500u);
  ExpectSame(Search(*index, queries, 5), expected, 1e-4f, 5);
  backend.state.full = false;
  const int uploads = backend.state.uploads;
  EXPECT_EQ(index->Remove(std::vector<std::int64_t>{500, 900}), 0u);
  EXPECT_EQ(backend.state.uploads, uploads) << "nothing to remove, nothing to move";
  backend.state.fail_halfway = true;
  EXPECT_ERROR(index->Add(vectors, {}), ErrorCode::kEngineFailed, "halfway");
  EXPECT_ERROR(Search(*index, queries, 5), ErrorCode::kEngineFailed, "failed halfway");
}

TEST(DeviceIndexes, VectorsInDeviceMemoryAreTakenInPlaceOrThroughTheHost) {
  HostBackend backend;
  const auto vectors = Clustered(300, kDimension, 1);
  for (const char* factory : {"Flat", "PCA8,Flat"}) {
    const auto expected = Built(factory, kDimension, Metric::kCosine, vectors);
    for (const Device place : {kDevice, kOther, kCpu}) {
      const auto index = VectorIndex::Create({kDimension, Metric::kCosine, factory});
      index->Train(vectors);
      index->MoveTo(place, {});
      index->Add(vectors, {}, kDevice);  // the host is the memory of this device
      Result found{std::vector<std::int64_t>(3000), std::vector<float>(3000)};
      index->Search(vectors, 10, {}, found.ids.data(), found.scores.data(), kDevice);
      ExpectSame(found, Search(*expected, vectors, 10));
    }
  }
}

TEST(DeviceIndexes, JobsRunInSlicesAndStopWhenAsked) {
  HostBackend backend;
  const auto vectors = Clustered(3000, kDimension, 1);
  const auto index = Built("Flat", kDimension, Metric::kInnerProduct, vectors);
  index->MoveTo(kDevice, {});
  for (std::size_t n : {0, 1, 2048, 5000}) {
    const auto queries = Clustered(n, kDimension, 2);
    Result found{std::vector<std::int64_t>(n * 10), std::vector<float>(n * 10)};
    EXPECT_EQ(RunSearch(index, queries, 10, &found), nullptr);
    ExpectSame(found, Search(*index, queries, 10));
    auto cancellation = std::make_shared<Cancellation>();
    cancellation->Request();
    EXPECT_ERROR(std::rethrow_exception(RunSearch(index, queries, 10, &found, cancellation)),
                 ErrorCode::kAborted, "aborted");
  }
}

// Searches go on while the index moves and changes; every answer belongs to some moment.
TEST(DeviceIndexes, SearchesWhileTheIndexMoves) {
  HostBackend backend;
  const auto vectors = Clustered(3000, kDimension, 1), queries = Clustered(8, kDimension, 2);
  for (const char* factory : {"Flat", "IVF16,Flat"}) {
    const auto index = VectorIndex::Create({kDimension, Metric::kL2, factory});
    index->Train(vectors);
    index->Add(std::span(vectors).first(1000 * kDimension), ShuffledIds(1000, 2));
    const std::int64_t kept = ShuffledIds(1000, 2)[10];
    std::atomic<bool> stop{false};
    std::atomic<std::size_t> searches{0};
    std::vector<std::thread> readers;
    for (int t = 0; t < 3; ++t) {
      readers.emplace_back([&, t] {
        while (!stop) {
          if (t == 0) {
            Result found{std::vector<std::int64_t>(80), std::vector<float>(80)};
            EXPECT_EQ(RunSearch(index, queries, 10, &found), nullptr);
          } else {
            for (std::int64_t id : Search(*index, queries, 10).ids) EXPECT_LT(id, 10000);
          }
          Row(*index, kept);
          ++searches;
        }
      });
    }
    for (std::size_t round = 0; round < 20; ++round) {
      index->MoveTo(round % 3 == 2 ? kCpu : Device{static_cast<int>(round % 3)}, {});
      index->Add(std::span(vectors).subspan((1000 + round * 50) * kDimension, 50 * kDimension), {});
    }
    while (searches < 30) std::this_thread::yield();
    stop = true;
    for (auto& reader : readers) reader.join();
    EXPECT_EQ(index->count(), 2000u);
  }
}

TEST(DeviceIndexes, WithoutADeviceTheErrorSaysWhatIsMissing) {
  if (!GetCudaSupport().devices.empty()) GTEST_SKIP() << "this machine has a CUDA device";
  EXPECT_ERROR(ResolveDevice("cuda"), ErrorCode::kDeviceUnavailable, "not available");
}

}  // namespace
}  // namespace densenode::test
