// Random sequences of changes, held to a simple model in memory; and what changes refuse.
#include <atomic>
#include <map>
#include <set>
#include <thread>

#include "common/cancellation.h"
#include "index/faiss_change.h"
#include "index/index_parameters.h"
#include "index_fixture.h"

namespace densenode::test {
namespace {

constexpr std::size_t kDimension = 16;

using Model = std::map<std::int64_t, std::vector<float>>;

double Score(const float* a, const float* b, Metric metric) {
  double dot = 0, l2 = 0, l1 = 0, aa = 0, bb = 0;
  for (std::size_t j = 0; j < kDimension; ++j) {
    const double x = a[j], y = b[j];
    dot += x * y, l2 += (x - y) * (x - y), l1 += std::fabs(x - y), aa += x * x, bb += y * y;
  }
  if (metric == Metric::kCosine) return dot / std::sqrt(aa * bb);
  return metric == Metric::kInnerProduct ? dot : metric == Metric::kL2 ? l2 : l1;
}

struct Family {
  const char* factory;
  Metric metric;
  VectorIndex::SearchParameters parameters = {};
  bool exact = true;        // searches with these parameters find all
  float tolerance = 1e-3f;  // of scores
};

// The index holds what the model holds: ids, vectors, neighbours.
void ExpectEqual(const VectorIndex& index, const Model& model, const Family& family,
                 const std::vector<float>& queries) {
  ASSERT_EQ(index.count(), model.size());
  std::vector<std::int64_t> ids;
  for (const auto& [id, vector] : model) ids.push_back(id);
  ASSERT_EQ(index.Ids(), ids);
  if (!model.empty()) {
    EXPECT_TRUE(index.Has(ids.back()));
  }
  EXPECT_FALSE(index.Has((ids.empty() ? 0 : ids.back()) + 1));

  std::vector<float> rows(ids.size() * kDimension);
  index.Reconstruct(ids, rows.data());
  for (std::size_t i = 0; i < ids.size(); ++i) {
    const auto& vector = model.at(ids[i]);
    const double norm = family.metric == Metric::kCosine
                            ? std::sqrt(Score(vector.data(), vector.data(), Metric::kInnerProduct))
                            : 1;
    for (std::size_t j = 0; j < kDimension; ++j) {
      ASSERT_NEAR(rows[i * kDimension + j], vector[j] / norm, family.tolerance) << "vector of id " << ids[i];
    }
  }

  constexpr std::size_t k = 5;
  const bool larger = family.metric == Metric::kInnerProduct || family.metric == Metric::kCosine;
  const auto found = Search(index, queries, k, family.parameters);
  std::size_t right = 0, all = 0;
  for (std::size_t q = 0; q * kDimension < queries.size(); ++q) {
    std::vector<double> scores;
    for (const auto& [id, vector] : model) {
      scores.push_back(Score(queries.data() + q * kDimension, vector.data(), family.metric));
    }
    std::sort(scores.begin(), scores.end());
    if (larger) std::reverse(scores.begin(), scores.end());
    for (std::size_t i = 0; i < k; ++i) {
      const std::int64_t id = found.ids[q * k + i];
      const float score = found.scores[q * k + i];
      if (i >= model.size()) {
        EXPECT_EQ(id, -1);
        continue;
      }
      ASSERT_TRUE(model.contains(id)) << id << " is not in the model, rank " << i;
      const double tolerance = family.tolerance * (1 + std::fabs(scores[i]));
      EXPECT_NEAR(score, Score(queries.data() + q * kDimension, model.at(id).data(), family.metric),
                  tolerance);
      ++all;
      right += std::fabs(score - scores[i]) <= tolerance;
    }
  }
  if (family.exact) {
    EXPECT_EQ(right, all);
  }
  EXPECT_GE(static_cast<double>(right), 0.8 * static_cast<double>(all));
}

class RandomChanges : public testing::TestWithParam<Family> {};

TEST_P(RandomChanges, KeepWhatTheModelKeeps) {
  const Family& family = GetParam();
  for (unsigned seed : {1u, 2u}) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937_64 random(seed);
    const TemporaryFolder folder;
    const auto pool = Clustered(4000, kDimension, seed);
    std::size_t next = 0;
    const auto rows = [&](std::size_t n) {
      if ((next + n) * kDimension > pool.size()) next = 0;
      const auto some = std::span(pool).subspan(next * kDimension, n * kDimension);
      next += n;
      return some;
    };
    const auto queries = Clustered(6, kDimension, seed + 100);
    auto index =
        VectorIndex::Create({.dimension = kDimension, .metric = family.metric, .factory = family.factory});
    index->Train(pool);
    Model model;
    std::int64_t next_id = 0;
    const auto set = [&](std::int64_t id, const float* row) {
      model[id].assign(row, row + kDimension);
      next_id = std::max(next_id, id + 1);
    };
    const auto present = [&](std::size_t n) {
      std::vector<std::int64_t> ids;
      for (const auto& [id, vector] : model) ids.push_back(id);
      std::shuffle(ids.begin(), ids.end(), random);
      ids.resize(std::min(n, ids.size()));
      return ids;
    };
    const auto absent = [&](std::size_t n) {
      std::set<std::int64_t> ids;
      while (ids.size() < n) {
        const auto id = static_cast<std::int64_t>(random() % 3000);
        if (!model.contains(id)) ids.insert(id);
      }
      std::vector<std::int64_t> list(ids.begin(), ids.end());
      std::shuffle(list.begin(), list.end(), random);
      return list;
    };
    const auto take = [&](std::span<const float> vectors, const std::vector<std::int64_t>& ids) {
      for (std::size_t i = 0; i < ids.size(); ++i) set(ids[i], vectors.data() + i * kDimension);
    };
    for (int step = 0; step < 60; ++step) {
      const std::size_t n = 1 + random() % 40;
      const auto what = step < 3 ? 0 : random() % 9;
      SCOPED_TRACE("step " + std::to_string(step) + ", change " + std::to_string(what));
      if (what == 0) {
        const auto vectors = rows(n);
        index->Add(vectors, {});
        for (std::size_t i = 0; i < n; ++i) set(next_id, vectors.data() + i * kDimension);
      } else if (what == 1 || what == 2) {
        const auto ids = absent(n);
        const auto vectors = rows(n);
        index->Add(vectors, ids);
        take(vectors, ids);
      } else if (what == 3 || what == 4) {
        auto ids = present(n);
        std::size_t removed = 0;
        for (std::int64_t id : ids) removed += model.erase(id);
        if (!ids.empty()) ids.push_back(ids.front());
        ids.push_back(99999);
        EXPECT_EQ(index->Remove(ids), removed);
      } else if (what == 5) {
        const auto ids = present(n);
        const auto vectors = rows(ids.size());
        EXPECT_EQ(index->Update(vectors, ids, Missing::kRefuse), 0u);
        take(vectors, ids);
      } else if (what == 6) {
        auto ids = present(n);
        const auto more = absent(3);
        ids.insert(ids.end(), more.begin(), more.end());
        std::shuffle(ids.begin(), ids.end(), random);
        const auto vectors = rows(ids.size());
        EXPECT_EQ(index->Update(vectors, ids, Missing::kAdd), 3u);
        take(vectors, ids);
      } else if (what == 7) {
        const auto ids = absent(n);
        const auto vectors = rows(n);
        const auto other = VectorIndex::Create({.dimension = kDimension, .metric = family.metric});
        other->Add(vectors, ids);
        index->Merge(*other);
        EXPECT_EQ(other->count(), n);
        take(vectors, ids);
      } else {
        index->Save(folder / "index");
        index = VectorIndex::Open(folder / "index", false);
        if (random() % 2 == 0) index->Compact(nullptr);
      }
      if (step % 7 == 6) ExpectEqual(*index, model, family, queries);
      if (testing::Test::HasFatalFailure()) return;
    }
    // Down to nothing and up again.
    index->Remove(present(model.size()));
    model.clear();
    ExpectEqual(*index, model, family, queries);
    const auto vectors = rows(20);
    index->Add(vectors, {});
    for (std::size_t i = 0; i < 20; ++i) set(next_id, vectors.data() + i * kDimension);
    ExpectEqual(*index, model, family, queries);
  }
}

INSTANTIATE_TEST_SUITE_P(
    All, RandomChanges,
    testing::Values(Family{"Flat", Metric::kInnerProduct}, Family{"Flat", Metric::kL2},
                    Family{"Flat", Metric::kCosine}, Family{"Flat", Metric::kL1},
                    Family{"SQfp16", Metric::kL2, {}, true, 1e-2f},
                    Family{"IVF8,Flat", Metric::kL2, {{"nprobe", 8}}},
                    Family{"IVF8,Flat", Metric::kCosine, {{"nprobe", 8}}},
                    Family{"IVF8,PQ4,RFlat", Metric::kL2, {{"nprobe", 8}, {"k_factor", 400}}},
                    Family{"IVF8,PQ4x4fs,RFlat", Metric::kInnerProduct, {{"nprobe", 8}, {"k_factor", 400}}},
                    Family{"RaBitQ,RFlat", Metric::kL2, {{"k_factor", 400}}},
                    Family{"PQ8x4fs,RFlat", Metric::kL2, {{"k_factor", 400}}},
                    Family{"HNSW16", Metric::kL2, {{"efSearch", 200}}, false},
                    Family{"HNSW16", Metric::kInnerProduct, {{"efSearch", 200}}, false},
                    Family{"HNSW16", Metric::kCosine, {{"efSearch", 200}}, false}),
    [](const auto& info) { return FamilyName(info.param.factory, info.param.metric); });

TEST(Update, RefusesWithoutChangingAnything) {
  const auto vectors = Clustered(60, kDimension, 1);
  for (const char* factory : {"Flat", "IVF2,Flat", "HNSW8"}) {
    const auto index = Built(factory, kDimension, Metric::kL2, vectors);
    const auto before = Search(*index, vectors, 3);
    const auto two = std::span(vectors).first(2 * kDimension);
    const auto ids = [](std::initializer_list<std::int64_t> list) { return std::vector<std::int64_t>(list); };
    EXPECT_ERROR(index->Update(two, ids({5, 60}), Missing::kRefuse), ErrorCode::kInvalidArgument,
                 "id 60 is not in the index");
    EXPECT_ERROR(index->Update(two, ids({5, 5}), Missing::kAdd), ErrorCode::kInvalidArgument,
                 "more than once");
    EXPECT_ERROR(index->Update(two, ids({5}), Missing::kAdd), ErrorCode::kInvalidArgument, "one id for each");
    EXPECT_ERROR(index->Update(two, ids({5, -1}), Missing::kAdd), ErrorCode::kInvalidArgument, "0 or more");
    std::vector<float> wrong(two.begin(), two.end());
    wrong[3] = std::nanf("");
    EXPECT_ERROR(index->Update(wrong, ids({5, 6}), Missing::kAdd), ErrorCode::kInvalidArgument, "NaN");
    EXPECT_EQ(index->count(), 60u);
    ExpectSame(Search(*index, vectors, 3), before, 1e-4f, 3);
  }
}

TEST(Merge, RefusesWithoutChangingAnything) {
  const auto vectors = Clustered(300, kDimension, 1), queries = Clustered(5, kDimension, 2);
  const auto index = Built("IVF4,PQ4", kDimension, Metric::kL2, vectors);
  const auto before = Search(*index, queries, 10);
  const auto other = [&](const char* factory, std::size_t dimension, Metric metric) {
    const auto rows = Clustered(300, dimension, 3);
    std::vector<std::int64_t> ids(300);
    std::iota(ids.begin(), ids.end(), 299);
    return Built(factory, dimension, metric, rows, ids);
  };
  EXPECT_ERROR(index->Merge(*index), ErrorCode::kInvalidArgument, "into itself");
  EXPECT_ERROR(index->Merge(*other("Flat", kDimension, Metric::kL2)), ErrorCode::kInvalidArgument,
               "id 299 is in both indexes");
  EXPECT_ERROR(index->Merge(*other("Flat", 8, Metric::kL2)), ErrorCode::kInvalidArgument, "dimension 8");
  EXPECT_ERROR(index->Merge(*other("Flat", kDimension, Metric::kL1)), ErrorCode::kInvalidArgument, "\"l1\"");
  EXPECT_ERROR(index->Merge(*other("IVF4,PQ4", kDimension, Metric::kL2)), ErrorCode::kIndexUnsupported,
               "lossy");
  EXPECT_ERROR(index->Merge(*other("SQ8", kDimension, Metric::kL2)), ErrorCode::kIndexUnsupported, "lossy");
  const auto untrained =
      VectorIndex::Create({.dimension = kDimension, .metric = Metric::kL2, .factory = "IVF4,Flat"});
  EXPECT_ERROR(untrained->Merge(*other("Flat", kDimension, Metric::kL2)), ErrorCode::kIndexNotTrained,
               "train");
  EXPECT_EQ(index->count(), 300u);
  ExpectSame(Search(*index, queries, 10), before);
}

// Parts that were trained once and filled apart equal one index that was filled with everything.
TEST(Merge, OfPartsEqualsTheWhole) {
  const TemporaryFolder folder;
  const auto vectors = Clustered(1200, kDimension, 1), queries = Clustered(10, kDimension, 2);
  for (const auto& [factory, metric] :
       std::vector<std::pair<const char*, Metric>>{{"IVF8,PQ4", Metric::kL2},
                                                   {"IVF8,SQ8", Metric::kInnerProduct},
                                                   {"IVF8,PQ8x4fs", Metric::kL2},
                                                   {"IVF8,Flat", Metric::kCosine},
                                                   {"PCA8,IVF8,SQ8", Metric::kL2},
                                                   {"SQ8", Metric::kL2},
                                                   {"PQ8", Metric::kInnerProduct},
                                                   {"PQ8x4fs", Metric::kL2},
                                                   {"HNSW8,SQ8", Metric::kL2},
                                                   {"IVF8,RaBitQ", Metric::kL2}}) {
    SCOPED_TRACE(factory);
    const auto trained = [&] {  // training is repeatable
      auto index = VectorIndex::Create({.dimension = kDimension, .metric = metric, .factory = factory});
      index->Train(vectors);
      return index;
    };
    std::vector<std::shared_ptr<VectorIndex>> parts;
    for (std::size_t part = 0; part < 3; ++part) {
      parts.push_back(trained());
      std::vector<std::int64_t> ids(400);
      std::iota(ids.begin(), ids.end(), part * 400);
      parts.back()->Add(std::span(vectors).subspan(part * 400 * kDimension, 400 * kDimension), ids);
    }
    parts[0]->Merge(*parts[1]);
    parts[0]->Merge(*parts[2]);
    const auto all = trained();
    all->Add(vectors, {});
    EXPECT_EQ(parts[0]->count(), 1200u);
    EXPECT_EQ(parts[1]->count(), 400u);
    VectorIndex::SearchParameters wide;
    if (std::string(factory).find("IVF") != std::string::npos) wide["nprobe"] = 8;
    if (std::string(factory).starts_with("HNSW")) wide["efSearch"] = 400;
    ExpectSame(Search(*parts[0], queries, 10, wide), Search(*all, queries, 10, wide));
    std::vector<float> merged(1200 * kDimension), whole(merged.size());
    std::vector<std::int64_t> ids(1200);
    std::iota(ids.begin(), ids.end(), 0);
    parts[0]->Reconstruct(ids, merged.data());
    all->Reconstruct(ids, whole.data());
    for (std::size_t i = 0; i < whole.size(); ++i) ASSERT_NEAR(merged[i], whole[i], 1e-4f) << i;
    parts[0]->Save(folder / "merged");
    ExpectSame(Search(*VectorIndex::Open(folder / "merged", false), queries, 10, wide),
               Search(*all, queries, 10, wide));
  }
}

TEST(Merge, OfTwoIntoEachOtherEnds) {
  const auto a = VectorIndex::Create({.dimension = kDimension, .metric = Metric::kL2});
  const auto b = VectorIndex::Create({.dimension = kDimension, .metric = Metric::kL2});
  const auto vectors = Clustered(2, kDimension, 1);
  std::atomic<int> refused{0};
  const auto merge = [&](VectorIndex& into, const VectorIndex& other, std::int64_t first) {
    for (std::int64_t i = 0; i < 50; ++i) {
      into.Add(std::span(vectors).first(kDimension), std::vector{first + i});
      try {
        into.Merge(other);
      } catch (const Error&) {
        ++refused;
      }
    }
  };
  std::thread one([&] { merge(*a, *b, 0); }), two([&] { merge(*b, *a, 1000); });
  one.join();
  two.join();
  EXPECT_GE(a->count() + b->count(), 100u);
}

TEST(Upgrade, KeepsIdsAndNeighboursWhileSearchesGoOn) {
  const auto vectors = Clustered(3000, kDimension, 1), queries = Clustered(10, kDimension, 2);
  for (Metric metric : {Metric::kL2, Metric::kCosine}) {
    const auto index = VectorIndex::Create({.dimension = kDimension, .metric = metric});
    std::vector<std::int64_t> ids(3000);
    for (std::size_t i = 0; i < ids.size(); ++i)
      ids[i] = static_cast<std::int64_t>((i * 7919) % 3000) + (1LL << 40);
    index->Add(vectors, ids);
    index->Remove(std::vector<std::int64_t>{(1LL << 40) + 2999});
    const auto exact = Search(*index, queries, 10);
    std::atomic<bool> stop{false};
    std::thread reader([&] {
      while (!stop) {
        EXPECT_EQ(index->count(), 2999u);
        EXPECT_TRUE(index->parameters().size() < 5);
        EXPECT_FALSE(index->factory().empty());
        EXPECT_EQ(Search(*index, queries, 1).ids[0] >> 40, 1);
      }
    });
    for (const char* factory : {"IVF16,Flat", "HNSW16", "PQ8x4fs,RFlat", "Flat", "IVF16,SQfp16"}) {
      SCOPED_TRACE(factory);
      const std::string name = factory;
      VectorIndex::Parameters parameters;
      if (name.starts_with("IVF")) parameters["nprobe"] = 16;
      if (name.starts_with("HNSW")) parameters["efSearch"] = 300;
      if (name.ends_with("RFlat")) parameters["k_factor"] = 300;
      index->Upgrade(factory, parameters, false, nullptr);
      EXPECT_EQ(index->factory(), name);
      EXPECT_EQ(index->count(), 2999u);
      ExpectSame(Search(*index, queries, 10), exact, 2e-3f);
    }
    // The largest id that ever was is not given again.
    index->Add(std::span(vectors).first(kDimension), {});
    stop = true;
    reader.join();
    EXPECT_TRUE(index->Has((1LL << 40) + 3000));
  }
}

TEST(Upgrade, RefusesAndLeavesTheIndexAsItWas) {
  const auto vectors = Clustered(100, kDimension, 1);
  const auto index = Built("SQ8", kDimension, Metric::kL2, vectors);
  EXPECT_ERROR(index->Upgrade("IVF4,Flat", {}, false, nullptr), ErrorCode::kIndexUnsupported, "lossy");
  EXPECT_ERROR(index->Upgrade("IVF4000,Flat", {}, true, nullptr), ErrorCode::kInvalidArgument,
               "at least 4000");
  EXPECT_ERROR(index->Upgrade("Nothing", {}, true, nullptr), ErrorCode::kIndexInvalid, "Nothing");
  EXPECT_ERROR(index->Upgrade("IVF4,Flat", {{"efSearch", 4}}, true, nullptr), ErrorCode::kInvalidArgument,
               "efSearch");
  Cancellation cancelled;
  cancelled.Request();
  EXPECT_ERROR(index->Upgrade("Flat", {}, true, &cancelled), ErrorCode::kAborted, "aborted");
  EXPECT_EQ(index->factory(), "SQ8");
  EXPECT_EQ(Search(*index, vectors, 1).ids[7], 7);
  index->Upgrade("IVF4,Flat", {{"nprobe", 4}}, true, nullptr);
  EXPECT_EQ(Search(*index, vectors, 1).ids[7], 7);
  const auto empty = VectorIndex::Create({.dimension = kDimension, .metric = Metric::kL2});
  empty->Upgrade("IVF4,Flat", {}, false, nullptr);
  EXPECT_FALSE(empty->is_trained());
  empty->Train(vectors);
  empty->Add(vectors, {});
  EXPECT_EQ(empty->count(), 100u);
}

TEST(Compact, GivesTheMemoryOfRemovedVectorsBack) {
  const TemporaryFolder folder;
  const auto vectors = Clustered(2000, kDimension, 1), queries = Clustered(20, kDimension, 2);
  for (const char* factory :
       {"HNSW16", "HNSW16,SQ8", "IVF8,PQ4,RFlat", "IVF8,PQ8x4fs,RFlat", "IVF8,RaBitQ,RFlat"}) {
    SCOPED_TRACE(factory);
    auto index = Built(factory, kDimension, Metric::kL2, vectors);
    std::vector<std::int64_t> odd;
    for (std::int64_t id = 1; id < 2000; id += 2) odd.push_back(id);
    EXPECT_EQ(index->Remove(odd), 1000u);
    VectorIndex::SearchParameters wide;
    if (std::string(factory).starts_with("HNSW")) wide["efSearch"] = 500;
    if (std::string(factory).starts_with("IVF")) wide["nprobe"] = 8;
    if (std::string(factory).ends_with("RFlat")) wide["k_factor"] = 150;
    const auto before = Search(*index, queries, 10, wide);
    for (std::int64_t id : before.ids) EXPECT_EQ(id % 2, 0);
    index->Save(folder / "marked");
    index = VectorIndex::Open(folder / "marked", false);
    EXPECT_EQ(index->count(), 1000u);
    EXPECT_FALSE(index->Has(7));
    ExpectSame(Search(*index, queries, 10, wide), before);
    const std::size_t memory = index->memory_bytes();
    index->Compact(nullptr);
    EXPECT_LT(static_cast<double>(index->memory_bytes()), 0.8 * static_cast<double>(memory));
    EXPECT_EQ(index->count(), 1000u);
    ExpectSame(Search(*index, queries, 10, wide), before, 1e-3f);
    index->Compact(nullptr);  // nothing to do
    index->Add(std::span(vectors).first(kDimension), std::vector<std::int64_t>{7});
    EXPECT_TRUE(index->Has(7));
  }
}

}  // namespace
}  // namespace densenode::test
