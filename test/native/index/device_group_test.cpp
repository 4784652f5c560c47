// VectorIndex with its vectors on several devices, up to the devices themselves (host_device.h).
#include <atomic>
#include <future>
#include <set>
#include <thread>

#include "host_device.h"
#include "index/device_shards.h"
#include "index/search_job.h"
#include "index_fixture.h"

namespace densenode::test {
namespace {

constexpr std::size_t kDimension = 16;
constexpr Device kCpu{}, kFirst{0}, kSecond{1}, kThird{2};

TEST(Places, HaveNamesAndAreTheSameByDevicesAndMode) {
  const Place shards = Place::Of({kFirst, kSecond}, Spread::kShard);
  EXPECT_EQ(shards.name(), "cuda:0,cuda:1");
  EXPECT_EQ(shards, Place::Of({kFirst, kSecond}, Spread::kShard));
  EXPECT_NE(shards, Place::Of({kFirst, kSecond}, Spread::kReplicate));
  EXPECT_NE(shards, Place::Of({kSecond, kFirst}, Spread::kShard));
  EXPECT_NE(shards, Place(kFirst));
  EXPECT_EQ(Place::Of({kSecond}, Spread::kReplicate), Place(kSecond));
  EXPECT_EQ(Place::Of({kCpu}, Spread::kShard), Place());
  EXPECT_EQ(Place().name(), "cpu");
  EXPECT_ERROR(Place::Of({kFirst, kCpu}, Spread::kShard), ErrorCode::kInvalidArgument, "all be CUDA");
  EXPECT_ERROR(Place::Of({}, Spread::kShard), ErrorCode::kInvalidArgument, "one device at least");
  EXPECT_ERROR(ParseSpread("both"), ErrorCode::kInvalidArgument, "shard or replicate");
  EXPECT_EQ(ResolvePlace("cpu", Spread::kShard), Place());
  EXPECT_ERROR(ResolvePlace("cpu,cpu", Spread::kShard), ErrorCode::kInvalidArgument, "all be CUDA");
  EXPECT_ERROR(ResolvePlace("cpu,", Spread::kShard), ErrorCode::kInvalidArgument, "device must be");
}

TEST(ShardPositionsTest, LeadBothWays) {
  ShardPositions positions;
  const std::vector<std::pair<std::size_t, std::size_t>> runs{{0, 3}, {10, 2}, {12, 4}, {30, 1}, {40, 0}};
  std::vector<std::int64_t> expected;
  for (const auto& [first, count] : runs) {
    positions.Reserve();
    positions.Append(first, count);
    for (std::size_t i = 0; i < count; ++i) expected.push_back(static_cast<std::int64_t>(first + i));
  }
  ASSERT_EQ(positions.count(), expected.size());
  for (std::size_t i = 0; i < expected.size(); ++i) {
    EXPECT_EQ(positions.Whole(static_cast<std::int64_t>(i)), expected[i]);
    EXPECT_EQ(positions.Own(expected[i]), static_cast<std::int64_t>(i));
  }
  for (const std::int64_t elsewhere : {3, 9, 16, 29, 31, 1000}) EXPECT_EQ(positions.Own(elsewhere), -1);
  std::vector<std::size_t> seen;
  positions.ForRuns([&](std::size_t own, std::size_t whole, std::size_t count) {
    seen.insert(seen.end(), {own, whole, count});
  });
  EXPECT_EQ(seen, (std::vector<std::size_t>{0, 0, 3, 3, 10, 6, 9, 30, 1}));
  EXPECT_EQ(ShardPositions().Own(0), -1);
}

struct Case {
  const char* factory;
  Metric metric;
  Spread spread;
};

std::vector<Case> Cases() {
  std::vector<Case> cases;
  for (const Spread spread : {Spread::kShard, Spread::kReplicate}) {
    for (const auto& [factory, metric] : std::vector<std::pair<const char*, Metric>>{
             {"Flat", Metric::kL2},
             {"Flat", Metric::kInnerProduct},
             {"Flat", Metric::kCosine},
             {"Flat", Metric::kL1},
             {"SQfp16", Metric::kInnerProduct},
             {"IVF16,Flat", Metric::kL2},
             {"IVF16,Flat", Metric::kCosine},
             {"IVF16,SQ4", Metric::kL2},
             {"IVF16,SQ6", Metric::kCosine},
             {"IVF16,SQ8", Metric::kInnerProduct},
             {"IVF16,SQfp16", Metric::kL2},
             {"IVF16,PQ4np", Metric::kL2},
             {"PCA8,Flat", Metric::kL2},
             {"OPQ4,IVF16,PQ4np", Metric::kCosine},
         }) {
      cases.push_back({factory, metric, spread});
    }
  }
  return cases;
}

class DeviceGroups : public testing::TestWithParam<Case> {
 protected:
  const Place group_ = Place::Of({kFirst, kSecond, kThird}, GetParam().spread);
};
INSTANTIATE_TEST_SUITE_P(All, DeviceGroups, testing::ValuesIn(Cases()), [](const auto& info) {
  std::string name = std::string(info.param.factory) + "_" + MetricName(info.param.metric) +
                     (info.param.spread == Spread::kShard ? "_shards" : "_replicas");
  std::replace_if(
      name.begin(), name.end(), [](char c) { return !std::isalnum(c); }, '_');
  return name;
});

TEST_P(DeviceGroups, GiveTheResultsOfTheCpu) {
  HostBackend backend;
  const auto [factory, metric, spread] = GetParam();
  const auto vectors = Clustered(2000, kDimension, 1), queries = Clustered(100, kDimension, 2);
  const TemporaryFolder folder;
  for (const bool explicit_ids : {false, true}) {
    const auto ids = explicit_ids ? ShuffledIds(2000, 3) : std::vector<std::int64_t>();
    const std::int64_t known = explicit_ids ? ids[777] : 777;
    const auto index = Built(factory, kDimension, metric, vectors, ids);
    VectorIndex::SearchParameters parameters;
    if (std::string(factory).find("IVF") != std::string::npos) parameters["nprobe"] = 5;
    const Result expected = Search(*index, queries, 10, parameters);
    // More than some shards and lists have.
    const Result many = Search(*index, queries, 900, parameters);
    const auto row = Row(*index, known);
    const auto equals = [&](const VectorIndex& other) {
      ExpectSame(Search(other, queries, 10, parameters), expected);
      ExpectSame(Search(other, queries, 900, parameters), many, 1e-4f, 900);
      EXPECT_EQ(Row(other, known), row);
      EXPECT_EQ(other.count(), 2000u);
    };
    index->MoveTo(group_, {});
    EXPECT_EQ(index->device(), group_);
    EXPECT_EQ(backend.state.indexes, 3);
    EXPECT_GE(index->memory_bytes(), spread == Spread::kShard ? 2000u * 32 : 3 * 2000u * 32);
    EXPECT_EQ(index->most_results(), 2048u);
    equals(*index);
    index->Save(folder / "index");
    equals(*VectorIndex::Open(folder / "index", false));
    for (const Place& place : {Place(kSecond), group_, Place::Of({kThird, kThird}, spread), Place()}) {
      index->MoveTo(place, {});
      EXPECT_EQ(index->device(), place);
      equals(*index);
    }
    EXPECT_EQ(backend.state.indexes, 0);

    // An opened file, mapped, on the way to the devices.
    const auto opened = VectorIndex::Open(folder / "index", true);
    opened->MoveTo(group_, {});
    equals(*opened);
    EXPECT_EQ(opened->Remove(std::vector<std::int64_t>{known, -3}), 1u);
    EXPECT_EQ(opened->count(), 1999u);
    EXPECT_ERROR(Row(*opened, known), ErrorCode::kInvalidArgument, "not in the index");
  }
}

TEST_P(DeviceGroups, ChangeAsTheCpu) {
  HostBackend backend;
  const auto [factory, metric, spread] = GetParam();
  const auto vectors = Clustered(5000, kDimension, 1), queries = Clustered(70, kDimension, 2);
  const auto cpu = VectorIndex::Create({kDimension, metric, factory});
  const auto moved = VectorIndex::Create({kDimension, metric, factory, group_});
  EXPECT_EQ(moved->device(), group_);
  const auto both = [&](const auto& change) {
    change(*cpu);
    change(*moved);
    ASSERT_EQ(cpu->count(), moved->count());
    ExpectSame(Search(*moved, queries, 10), Search(*cpu, queries, 10));
  };
  if (!cpu->is_trained()) {
    EXPECT_ERROR(Search(*moved, queries, 1), ErrorCode::kIndexNotTrained, "train()");
    moved->MoveTo(kSecond, {});
    moved->MoveTo(group_, {});
  }
  const std::span all(vectors);
  both([&](VectorIndex& index) { index.Train(all.first(2000 * kDimension)); });
  both([&](VectorIndex& index) { index.Add(all.first(1 * kDimension), {}); });  // fewer than devices
  both([&](VectorIndex& index) { index.Add(all.subspan(1 * kDimension, 499 * kDimension), {}); });
  both([&](VectorIndex& index) {
    index.Add(all.subspan(500 * kDimension, 100 * kDimension), ShuffledIds(100, 7919, 1000));
  });
  both([&](VectorIndex& index) { index.Add(all.subspan(600 * kDimension, 1400 * kDimension), {}); });
  for (std::size_t i = 2000; i < 2010; ++i) {
    both([&](VectorIndex& index) { index.Add(all.subspan(i * kDimension, kDimension), {}); });
  }
  both([&](VectorIndex& index) {
    EXPECT_EQ(index.Remove(std::vector<std::int64_t>{0, 5, 499, 8919, 123456789, 4}), 5u);
  });
  both([&](VectorIndex& index) { index.Add(all.subspan(2010 * kDimension), {}); });
  EXPECT_EQ(Row(*moved, 3), Row(*cpu, 3));
  moved->MoveTo(kCpu, {});
  both([&](VectorIndex& index) { EXPECT_EQ(index.Remove(std::vector<std::int64_t>{1, 2}), 2u); });
  moved->MoveTo(group_, {});
  const std::size_t before = moved->count();
  EXPECT_ERROR(moved->Add(all.first(2 * kDimension), std::vector<std::int64_t>{1, 3}),
               ErrorCode::kInvalidArgument, "id 3 is already in the index");
  EXPECT_EQ(moved->count(), before);
  for (const std::size_t n : {0, 1, 100, 5000}) {
    const auto some = Clustered(n, kDimension, 5);
    Result found{std::vector<std::int64_t>(n * 10), std::vector<float>(n * 10)};
    EXPECT_EQ(RunSearch(moved, some, 10, &found), nullptr);
    ExpectSame(found, Search(*moved, some, 10));
  }
}

class GroupsOfDevices : public testing::TestWithParam<Spread> {
 protected:
  const Place group_ = Place::Of({kFirst, kSecond, kThird}, GetParam());
};
INSTANTIATE_TEST_SUITE_P(All, GroupsOfDevices, testing::Values(Spread::kShard, Spread::kReplicate),
                         [](const auto& info) {
                           return info.param == Spread::kShard ? "Shards" : "Replicas";
                         });

TEST_P(GroupsOfDevices, FailuresLeaveTheIndexAsItWas) {
  HostBackend backend;
  const auto vectors = Clustered(3000, kDimension, 1), queries = Clustered(5, kDimension, 2);
  const auto index = Built("IVF16,Flat", kDimension, Metric::kL2, vectors);
  const Result expected = Search(*index, queries, 5);
  backend.state.full = true;
  EXPECT_ERROR(index->MoveTo(group_, {}), ErrorCode::kOutOfMemory, "full");
  EXPECT_EQ(backend.state.indexes, 0);
  EXPECT_EQ(index->device(), Place());
  backend.state.full = false;
  index->MoveTo(group_, {});
  // No device may take rows where another has no room.
  backend.state.room = GetParam() == Spread::kShard ? 1020 : 3010;
  EXPECT_ERROR(index->Add(std::span(vectors).first(40 * kDimension), {}), ErrorCode::kOutOfMemory, "no room");
  EXPECT_ERROR(index->Add(vectors, {}), ErrorCode::kOutOfMemory, "no room");
  EXPECT_EQ(index->count(), 3000u);
  ExpectSame(Search(*index, queries, 5), expected);
  backend.state.room = -1;
  index->Add(vectors, {});
  EXPECT_EQ(index->count(), 6000u);
  auto wrong = queries;
  wrong[kDimension + 3] = std::numeric_limits<float>::quiet_NaN();
  EXPECT_ERROR(Search(*index, wrong, 1), ErrorCode::kInvalidArgument, "query 1 has NaN at position 3");
  EXPECT_ERROR(Search(*index, queries, 2049), ErrorCode::kInvalidArgument, "from 1 to 2048");
  backend.state.fail_halfway = true;
  EXPECT_ERROR(index->Add(vectors, {}), ErrorCode::kEngineFailed, "halfway");
  EXPECT_ERROR(Search(*index, queries, 5), ErrorCode::kEngineFailed, "failed halfway");
}

TEST_P(GroupsOfDevices, EqualScoresAreAllFound) {
  HostBackend backend;
  std::vector<float> same(100 * kDimension, 1.0f);
  const auto index = Built("Flat", kDimension, Metric::kL2, same);
  index->MoveTo(group_, {});
  const Result found = Search(*index, std::vector<float>(kDimension, 1.0f), 120);
  std::set<std::int64_t> ids(found.ids.begin(), found.ids.begin() + 100);
  EXPECT_EQ(ids.size(), 100u);
  EXPECT_EQ(*ids.begin(), 0);
  EXPECT_EQ(found.ids[100], -1);
  EXPECT_EQ(found.scores[119], std::numeric_limits<float>::infinity());
}

TEST(DeviceShardsTest, VectorsAreDividedEvenly) {
  HostBackend backend;
  const auto vectors = Clustered(9000, kDimension, 1);
  for (const char* factory : {"Flat", "IVF16,Flat"}) {
    const auto index = VectorIndex::Create(
        {kDimension, Metric::kL2, factory, Place::Of({kFirst, kSecond, kThird}, Spread::kShard)});
    index->Train(vectors);
    // Were one shard to get all, the room of a third would not do.
    backend.state.room = 3000 + 1024;
    for (std::size_t i = 0; i < 9000; i += 100) {
      index->Add(std::span(vectors).subspan(i * kDimension, 100 * kDimension), {});
    }
    backend.state.room = 6000;
    index->Add(vectors, {});
    EXPECT_EQ(index->count(), 18000u);
    backend.state.room = -1;
  }
}

// Searches go on while the index moves and changes; nobody waits in a circle, also where groups share
// devices.
TEST(DeviceGroupsTogether, SearchesWhileIndexesMove) {
  HostBackend backend;
  const auto vectors = Clustered(3000, kDimension, 1), queries = Clustered(80, kDimension, 2);
  const std::vector<Place> places{Place(kFirst),
                                  Place::Of({kFirst, kSecond}, Spread::kShard),
                                  Place(kSecond),
                                  Place::Of({kSecond, kFirst}, Spread::kReplicate),
                                  Place(),
                                  Place::Of({kFirst, kFirst}, Spread::kShard),
                                  Place::Of({kFirst, kSecond}, Spread::kReplicate)};
  std::vector<std::shared_ptr<VectorIndex>> indexes;
  for (const char* factory : {"Flat", "IVF16,Flat"}) {
    indexes.push_back(VectorIndex::Create({kDimension, Metric::kL2, factory}));
    indexes.back()->Train(vectors);
    indexes.back()->Add(std::span(vectors).first(1000 * kDimension), ShuffledIds(1000, 2));
  }
  const std::int64_t kept = ShuffledIds(1000, 2)[10];
  const auto row = Row(*indexes[0], kept);
  std::atomic<bool> stop{false};
  std::atomic<std::size_t> searches{0};
  std::vector<std::thread> threads;
  for (std::size_t t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      while (!stop) {
        const auto& index = indexes[t % 2];
        Result found{std::vector<std::int64_t>(800), std::vector<float>(800)};
        if (t < 2) {
          EXPECT_EQ(RunSearch(index, queries, 10, &found), nullptr);
        } else {
          found = Search(*index, queries, 10);
        }
        for (const std::int64_t id : found.ids) EXPECT_TRUE(id >= 0 && id < 10000) << id;
        EXPECT_EQ(Row(*index, kept), row);
        ++searches;
      }
    });
  }
  std::vector<std::thread> movers;
  for (std::size_t which = 0; which < 2; ++which) {
    movers.emplace_back([&, which] {
      for (std::size_t round = 0; round < 35; ++round) {
        indexes[which]->MoveTo(places[(round * (which + 1)) % places.size()], {});
        indexes[which]->Add(std::span(vectors).subspan((1000 + round * 50) * kDimension, 50 * kDimension),
                            {});
        if (round % 5 == 0) {
          const auto all = static_cast<std::int64_t>(indexes[which]->count());
          EXPECT_EQ(indexes[which]->Remove(std::vector<std::int64_t>{2003 + all - 1000}), 1u);
        }
      }
    });
  }
  for (auto& mover : movers) mover.join();
  while (searches < 60) std::this_thread::yield();
  stop = true;
  for (auto& thread : threads) thread.join();
  for (const auto& index : indexes) EXPECT_EQ(index->count(), 1000u + 35 * 50 - 7);
}

// Searches of one query go to the replicas that have nothing to do.
TEST(DeviceReplicasTest, SearchesOfManyCallersAreDivided) {
  HostBackend backend;
  const auto vectors = Clustered(500, kDimension, 1);
  const auto index = Built("Flat", kDimension, Metric::kL2, vectors);
  const std::vector<float> query(vectors.begin(), vectors.begin() + kDimension);
  const Result expected = Search(*index, query, 3);
  index->MoveTo(Place::Of({kFirst, kSecond, kThird}, Spread::kReplicate), {});
  std::promise<void> go_on;
  const std::shared_future<void> gate = go_on.get_future().share();
  // Two of the three devices are busy: the third answers.
  std::atomic<int> blocked{0};
  for (const Device busy : {kFirst, kThird}) {
    backend.Submit(busy, [&blocked, gate] {
      ++blocked;
      gate.wait();
    });
  }
  while (blocked < 2) std::this_thread::yield();
  std::vector<std::future<Result>> results;
  for (int i = 0; i < 3; ++i) {
    results.push_back(std::async(std::launch::async, [&] { return Search(*index, query, 3); }));
  }
  int ready = 0;
  for (int i = 0; i < 100 && ready == 0; ++i) {
    for (auto& result : results) {
      ready += result.wait_for(std::chrono::milliseconds(20)) == std::future_status::ready;
    }
  }
  EXPECT_GE(ready, 1) << "at most one search waits for each busy device";
  go_on.set_value();
  for (auto& result : results) EXPECT_EQ(result.get().ids, expected.ids);
}

}  // namespace
}  // namespace densenode::test
