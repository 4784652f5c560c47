#include "index/vector_index.h"

#include <cstring>
#include <limits>
#include <set>

#include "index_fixture.h"

namespace densenode::test {
namespace {

constexpr std::size_t kDimension = 32;
constexpr float kInfinity = std::numeric_limits<float>::infinity();

class FlatMetric : public testing::TestWithParam<Metric> {};

TEST_P(FlatMetric, EqualsBruteForce) {
  const auto vectors = Clustered(1500, kDimension, 1);
  for (std::size_t n : {1, 3, 5, 40}) {  // around the size from which FAISS multiplies matrices
    const auto queries = Clustered(n, kDimension, 2);
    const auto index = Built("Flat", kDimension, GetParam(), vectors);
    ExpectSame(Search(*index, queries, 10), BruteForce(vectors, queries, kDimension, GetParam(), 10));
  }
}
INSTANTIATE_TEST_SUITE_P(All, FlatMetric,
                         testing::Values(Metric::kInnerProduct, Metric::kL2, Metric::kCosine, Metric::kL1),
                         [](const auto& info) { return MetricName(info.param); });

struct Family {
  const char* factory;
  Metric metric;
};

class EveryFamily : public testing::TestWithParam<Family> {};

TEST_P(EveryFamily, EqualsFaiss) {
  const auto [factory, metric] = GetParam();
  const auto vectors = Clustered(4000, kDimension, 3), queries = Clustered(100, kDimension, 4);
  testing::internal::CaptureStderr();
  testing::internal::CaptureStdout();
  const auto index = Built(factory, kDimension, metric, vectors);
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "") << "a library does not print";
  EXPECT_EQ(testing::internal::GetCapturedStdout(), "");
  testing::internal::CaptureStderr();
  const auto oracle = Oracle(factory, kDimension, metric, vectors);
  testing::internal::GetCapturedStderr();
  EXPECT_TRUE(index->is_trained());
  EXPECT_EQ(index->count(), 4000u);
  ExpectSame(Search(*index, queries, 10), Search(*oracle, queries, 10));
}

TEST_P(EveryFamily, IdsOfTheCallerComeBackAndLeave) {
  const auto [factory, metric] = GetParam();
  const auto vectors = Clustered(3000, kDimension, 3), queries = Clustered(20, kDimension, 4);
  std::vector<std::int64_t> ids(3000);
  for (std::size_t i = 0; i < ids.size(); ++i)
    ids[i] = static_cast<std::int64_t>((i * 7919) % 3000) + (1LL << 40);
  const auto plain = Built(factory, kDimension, metric, vectors);
  const auto named = Built(factory, kDimension, metric, vectors, ids);
  auto expected = Search(*plain, queries, 10);
  for (auto& id : expected.ids) {
    if (id >= 0) id = ids[static_cast<std::size_t>(id)];
  }
  ExpectSame(Search(*named, queries, 10), expected);
  EXPECT_ERROR(named->Add(std::span(vectors).first(kDimension), std::vector{ids[77]}),
               ErrorCode::kInvalidArgument, std::to_string(ids[77]));

  std::vector<float> kept(kDimension), before(kDimension);
  named->Reconstruct(ids[5], before.data());
  std::set<std::int64_t> gone(ids.begin() + 100, ids.begin() + 900);
  std::vector<std::int64_t> remove(gone.begin(), gone.end());
  remove.push_back(12);             // never there
  remove.push_back(*gone.begin());  // twice
  EXPECT_EQ(named->Remove(remove), 800u);
  EXPECT_EQ(named->count(), 2200u);
  for (std::int64_t id : Search(*named, queries, 50).ids) EXPECT_FALSE(gone.contains(id)) << id;
  named->Reconstruct(ids[5], kept.data());
  EXPECT_EQ(kept, before);
  EXPECT_ERROR(named->Reconstruct(ids[100], kept.data()), ErrorCode::kInvalidArgument, "not in the index");
  EXPECT_EQ(named->Remove(remove), 0u);
  // A removed id is free again; the next free id is above all that were ever there.
  named->Add(std::span(vectors).first(2 * kDimension), std::vector{ids[100], ids[101]});
  named->Add(std::span(vectors).first(kDimension), {});
  EXPECT_EQ(named->count(), 2203u);
  named->Reconstruct((1LL << 40) + 3000, kept.data());
}

INSTANTIATE_TEST_SUITE_P(
    All, EveryFamily,
    testing::Values(
        Family{"Flat", Metric::kInnerProduct}, Family{"IVF100,Flat", Metric::kL2},
        Family{"IVF100,Flat", Metric::kInnerProduct}, Family{"IVF64,PQ8", Metric::kL2},
        Family{"IVF64,PQ8np", Metric::kInnerProduct}, Family{"IVF64_HNSW8,SQ8", Metric::kL2},
        Family{"IVF16(HNSW8),Flat", Metric::kL2}, Family{"HNSW32", Metric::kL2},
        Family{"HNSW16,SQ8", Metric::kInnerProduct}, Family{"HNSW16_PQ8", Metric::kL2},
        Family{"SQ8", Metric::kInnerProduct}, Family{"SQ4", Metric::kL2}, Family{"SQ6", Metric::kL2},
        Family{"SQfp16", Metric::kL2}, Family{"SQbf16", Metric::kInnerProduct}, Family{"PQ16", Metric::kL2},
        Family{"PQ16x4", Metric::kInnerProduct}, Family{"PQ16x4fs", Metric::kL2},
        Family{"PQ16x4fs_32", Metric::kL2}, Family{"PQ16x4fs,RFlat", Metric::kInnerProduct},
        Family{"PCA16,Flat", Metric::kL2}, Family{"PCAR16,IVF32,SQ8", Metric::kL2},
        Family{"IVF64,PQ8x4fs", Metric::kL2}, Family{"IVF64,PQ8x4fsr", Metric::kInnerProduct},
        Family{"IVF64,PQ8x4fs,RFlat", Metric::kL2}, Family{"OPQ8_16,IVF32,PQ8,Refine(SQfp16)", Metric::kL2},
        Family{"OPQ8,PQ8", Metric::kInnerProduct}, Family{"RR24,SQ8", Metric::kL2},
        Family{"Pad40,PQ10", Metric::kL2}, Family{"L2norm,Flat", Metric::kInnerProduct},
        Family{"RaBitQ", Metric::kL2}, Family{"IVF32,RaBitQ", Metric::kL2},
        Family{"RR,IVF32,RaBitQ,RFlat", Metric::kInnerProduct}, Family{"IMI2x4,Flat", Metric::kL2},
        Family{"IVF32,Flat", Metric::kL1}, Family{"HNSW16", Metric::kL1}),
    [](const auto& info) { return FamilyName(info.param.factory, info.param.metric); });

TEST(VectorIndex, ApproximateL1FindsWhatBruteForceFinds) {
  const auto vectors = Clustered(2000, kDimension, 1), queries = Clustered(50, kDimension, 2);
  const auto exact = BruteForce(vectors, queries, kDimension, Metric::kL1, 10);
  const auto ivf = Built("IVF32,Flat", kDimension, Metric::kL1, vectors);
  ExpectSame(Search(*ivf, queries, 10, {{"nprobe", 32}}), exact);
  const auto hnsw = Built("HNSW32", kDimension, Metric::kL1, vectors);
  const auto found = Search(*hnsw, queries, 10, {{"efSearch", 400}});
  std::size_t equal = 0;
  for (std::size_t i = 0; i < found.ids.size(); ++i) equal += found.ids[i] == exact.ids[i];
  EXPECT_GE(equal, 475u);
}

// FAISS's search of a graph does not end where a distance is infinite, and whitening can make it so.
TEST(VectorIndex, WhiteningOfVectorsWithoutSpreadIsRefused) {
  constexpr std::size_t kDimension = 16, kCount = 100;
  const auto index = VectorIndex::Create({kDimension, Metric::kL2, "PCAW8,HNSW8"});
  std::vector<float> flat(kCount * kDimension, 0);  // all on one line
  for (std::size_t i = 0; i < kCount; ++i) flat[i * kDimension] = static_cast<float>(i);
  EXPECT_ERROR(index->Train(flat), ErrorCode::kInvalidArgument, "no spread in some direction");
  EXPECT_FALSE(index->is_trained());
}

TEST(VectorIndex, VectorsThatATransformWouldMakeInfiniteAreRefused) {
  constexpr std::size_t kDimension = 16, kCount = 200;
  const auto data = Clustered(kCount, kDimension, 1);
  const auto index = VectorIndex::Create({kDimension, Metric::kL2, "PCAW8,HNSW8"});
  index->Train(data);
  index->Add(data, {});
  std::vector<float> far(kDimension, 0);
  far[0] = 1e10F;
  std::int64_t id = 0;
  float score = 0;
  EXPECT_ERROR(index->Add(far, {}), ErrorCode::kInvalidArgument, "has a norm above 1e+09");
  EXPECT_ERROR(index->Search(far, 1, {}, &id, &score), ErrorCode::kInvalidArgument, "has a norm above 1e+09");
  far[0] = 1e8F;
  index->Search(far, 1, {}, &id, &score);
  EXPECT_TRUE(std::isfinite(score));

  // Nor do they come by way of another index.
  const auto exact = VectorIndex::Create({kDimension, Metric::kL2, "Flat"});
  exact->Add(data, {});
  far[0] = 1e12F;
  exact->Add(far, {});
  EXPECT_ERROR(exact->Upgrade("PCAW8,HNSW8", {}, false, nullptr), ErrorCode::kInvalidArgument,
               "has a norm above 1e+09");
}

TEST(VectorIndex, CosineIsInnerProductOverNormalizedCopies) {
  auto vectors = Clustered(500, kDimension, 1), queries = Clustered(10, kDimension, 2);
  const auto original = vectors;
  for (std::size_t j = 0; j < kDimension; ++j) vectors[3 * kDimension + j] = 0;
  for (std::size_t j = 0; j < kDimension; ++j)
    vectors[4 * kDimension + j] *= 1e30f;  // its square overflows a float
  const auto given = vectors;
  const auto index = Built("Flat", kDimension, Metric::kCosine, vectors);
  EXPECT_EQ(vectors, given) << "the input is not changed";
  const auto all = Search(*index, queries, 500);
  const auto zero = std::find(all.ids.begin(), all.ids.begin() + 500, 3);
  ASSERT_NE(zero, all.ids.begin() + 500);
  EXPECT_EQ(all.scores[static_cast<std::size_t>(zero - all.ids.begin())], 0) << "a vector of zeros scores 0";
  std::vector<float> stored(kDimension);
  index->Reconstruct(4, stored.data());
  double norm = 0;
  for (float value : stored) norm += static_cast<double>(value) * value;
  EXPECT_NEAR(norm, 1, 1e-5);
  const auto found =
      Search(*Built("IVF16,Flat", kDimension, Metric::kCosine, original), queries, 10, {{"nprobe", 16}});
  ExpectSame(found, BruteForce(original, queries, kDimension, Metric::kCosine, 10));
}

TEST(VectorIndex, PadsWithWorstScores) {
  const auto vectors = Clustered(7, kDimension, 1), queries = Clustered(30, kDimension, 2);
  for (Metric metric : {Metric::kInnerProduct, Metric::kL2, Metric::kL1, Metric::kCosine}) {
    const auto index = VectorIndex::Create({kDimension, metric, "Flat"});
    const bool similarity = metric == Metric::kInnerProduct || metric == Metric::kCosine;
    const float worst = similarity ? -kInfinity : kInfinity;
    const auto empty = Search(*index, queries, 3);
    EXPECT_EQ(empty.ids, std::vector<std::int64_t>(90, -1));
    EXPECT_EQ(empty.scores, std::vector<float>(90, worst));
    index->Add(vectors, {});
    const auto found = Search(*index, queries, 10);
    const auto exact = BruteForce(vectors, queries, kDimension, metric, 7);
    for (std::size_t q = 0; q < 30; ++q) {
      for (std::size_t i = 0; i < 10; ++i) {
        EXPECT_EQ(found.ids[q * 10 + i], i < 7 ? exact.ids[q * 7 + i] : -1);
        if (i < 7) {
          EXPECT_NEAR(found.scores[q * 10 + i], exact.scores[q * 7 + i], 1e-3);
        } else {
          EXPECT_EQ(found.scores[q * 10 + i], worst);
        }
      }
    }
  }
  // Cells that are not probed leave rows short as well.
  const auto points = Clustered(200, kDimension, 5);
  const auto ivf = Built("IVF50,Flat", kDimension, Metric::kL2, points);
  const auto found = Search(*ivf, queries, 150);
  for (std::size_t i = 0; i < found.ids.size(); ++i) {
    if (found.ids[i] < 0) {
      EXPECT_EQ(found.scores[i], kInfinity);
    }
  }
  EXPECT_EQ(found.ids[149], -1);
}

TEST(VectorIndex, NextIdsFollowTheLargest) {
  const auto vectors = Clustered(10, kDimension, 1);
  for (const char* factory : {"Flat", "IVF1,Flat"}) {
    const auto index = VectorIndex::Create({kDimension, Metric::kL2, factory});
    index->Train(vectors);
    index->Add(std::span(vectors).first(2 * kDimension), {});
    index->Add(std::span(vectors).subspan(2 * kDimension, 2 * kDimension), std::vector<std::int64_t>{2, 3});
    index->Add(std::span(vectors).subspan(4 * kDimension, 2 * kDimension),
               std::vector<std::int64_t>{100, 50});
    index->Add(std::span(vectors).subspan(6 * kDimension, kDimension), {});
    auto ids = Search(*index, std::vector(vectors.begin(), vectors.begin() + kDimension), 7).ids;
    std::sort(ids.begin(), ids.end());
    EXPECT_EQ(ids, (std::vector<std::int64_t>{0, 1, 2, 3, 50, 100, 101})) << factory;
    std::vector<float> row(kDimension);
    index->Reconstruct(50, row.data());
    EXPECT_EQ(0, std::memcmp(row.data(), vectors.data() + 5 * kDimension, kDimension * sizeof(float)));
    // Removing the largest does not free its number.
    EXPECT_EQ(index->Remove(std::vector<std::int64_t>{101, 0}), 2u);
    index->Add(std::span(vectors).subspan(7 * kDimension, kDimension), {});
    index->Reconstruct(102, row.data());
    EXPECT_EQ(0, std::memcmp(row.data(), vectors.data() + 7 * kDimension, kDimension * sizeof(float)));
    index->Reconstruct(3, row.data());
    EXPECT_EQ(0, std::memcmp(row.data(), vectors.data() + 3 * kDimension, kDimension * sizeof(float)));
  }
}

TEST(VectorIndex, RemovingFromImplicitIdsKeepsThem) {
  const auto vectors = Clustered(100, kDimension, 1);
  for (const char* factory : {"Flat", "IVF4,Flat", "PQ4x4fs", "IVF4,PQ4x4fs"}) {
    const auto index = Built(factory, kDimension, Metric::kL2, vectors);
    std::vector<float> before(kDimension), after(kDimension);
    index->Reconstruct(60, before.data());
    EXPECT_EQ(index->Remove(std::vector<std::int64_t>{0, 10, 59, 99, 500, -3}), 4u) << factory;
    EXPECT_EQ(index->count(), 96u);
    index->Reconstruct(60, after.data());
    EXPECT_EQ(before, after) << factory;
    EXPECT_ERROR(index->Reconstruct(59, after.data()), ErrorCode::kInvalidArgument, "id 59");
    auto all = Search(*index, std::vector(vectors.begin(), vectors.begin() + kDimension), 100,
                      std::string(factory).starts_with("IVF") ? VectorIndex::SearchParameters{{"nprobe", 4}}
                                                              : VectorIndex::SearchParameters{})
                   .ids;
    const std::set<std::int64_t> distinct(all.begin(), all.end());
    EXPECT_EQ(distinct.size(), 97u) << factory;  // 96 and the padding
    EXPECT_FALSE(distinct.contains(59));
    EXPECT_TRUE(distinct.contains(60));
  }
}

TEST(VectorIndex, AdditionsAreAllOrNothing) {
  const auto vectors = Clustered(200, kDimension, 1);
  for (const char* factory : {"Flat", "IVF4,Flat", "HNSW8"}) {
    const auto index = Built(factory, kDimension, Metric::kL2, vectors);
    const auto two = std::span(vectors).first(2 * kDimension);
    const auto add = [&](std::vector<std::int64_t> ids) { index->Add(two, ids); };
    EXPECT_ERROR(add({300, 300}), ErrorCode::kInvalidArgument, "id 300 is given more than once");
    EXPECT_ERROR(add({300, 7}), ErrorCode::kInvalidArgument, "id 7 is already in the index");
    EXPECT_ERROR(add({300, -5}), ErrorCode::kInvalidArgument, "-5");
    EXPECT_ERROR(add({300}), ErrorCode::kInvalidArgument, "1 ids for 2 vectors");
    EXPECT_ERROR(add({300, std::numeric_limits<std::int64_t>::max()}), ErrorCode::kInvalidArgument,
                 "at most");
    std::vector<float> bad(vectors.begin(), vectors.begin() + 3 * kDimension);
    bad[2 * kDimension + 5] = std::nanf("");
    EXPECT_ERROR(index->Add(bad, {}), ErrorCode::kInvalidArgument, "vector 2 has NaN at position 5");
    bad[2 * kDimension + 5] = -kInfinity;
    EXPECT_ERROR(index->Add(bad, {}), ErrorCode::kInvalidArgument, "vector 2 has an infinite value");
    // Finite values whose distances are not: they would keep the search of a graph from ending.
    auto large = vectors;
    large[kDimension] = 1.5e19f;
    EXPECT_ERROR(index->Add(large, {}), ErrorCode::kInvalidArgument, "vector 1 has a norm above 9.2");
    EXPECT_ERROR(Search(*index, large, 3), ErrorCode::kInvalidArgument, "query 1 has a norm above");
    EXPECT_ERROR(index->Add(std::span(vectors).first(33), {}), ErrorCode::kInvalidArgument, "multiple of 32");
    EXPECT_EQ(index->count(), 200u);
    add({300, 299});
    EXPECT_EQ(index->count(), 202u);
    index->Add({}, {});
    EXPECT_EQ(index->count(), 202u);
    // The largest id of all leaves no next one.
    index->Add(std::span(vectors).first(kDimension),
               std::vector{std::numeric_limits<std::int64_t>::max() - 1});
    EXPECT_ERROR(index->Add(two, {}), ErrorCode::kInvalidArgument, "no free ids");
  }
}

TEST(VectorIndex, RefusesWrongCalls) {
  EXPECT_ERROR(VectorIndex::Create({0, Metric::kL2, "Flat"}), ErrorCode::kInvalidArgument, "dimension");
  EXPECT_ERROR(VectorIndex::Create({65537, Metric::kL2, "Flat"}), ErrorCode::kInvalidArgument, "65537");
  EXPECT_ERROR(ParseMetric("dot"), ErrorCode::kInvalidArgument, "\"cosine\"");
  const auto index = VectorIndex::Create({4, Metric::kL2, "IVF8,Flat"});
  EXPECT_FALSE(index->is_trained());
  const std::vector<float> one(4), seven(28);
  std::int64_t id;
  float score;
  EXPECT_ERROR(index->Add(one, {}), ErrorCode::kIndexNotTrained, "train");
  EXPECT_ERROR(index->Search(one, 1, {}, &id, &score), ErrorCode::kIndexNotTrained, "train");
  EXPECT_ERROR(index->Train(seven), ErrorCode::kInvalidArgument,
               "at least 8 vectors for this index, but got 7");
  const auto points = Clustered(100, 4, 1);
  index->Train(points);
  index->Train(points);  // again, while empty
  index->Add(points, {});
  EXPECT_ERROR(index->Train(points), ErrorCode::kInvalidArgument, "already holds 100 vectors");
  EXPECT_ERROR(index->Search(one, 0, {}, &id, &score), ErrorCode::kInvalidArgument, "k must be");
  EXPECT_ERROR(index->Search(one, std::size_t{1} << 25, {}, &id, &score), ErrorCode::kInvalidArgument,
               "k must be");
  std::vector<float> nan{1, 2, std::nanf(""), 4};
  EXPECT_ERROR(index->Search(nan, 1, {}, &id, &score), ErrorCode::kInvalidArgument,
               "query 0 has NaN at position 2");
  EXPECT_ERROR(index->Train(nan), ErrorCode::kInvalidArgument, "training vector 0");
  EXPECT_ERROR(index->Search(std::span(one).first(3), 1, {}, &id, &score), ErrorCode::kInvalidArgument,
               "multiple");
}

TEST(VectorIndex, LeavingOutPolysemousTrainingChangesNoResult) {
  const auto vectors = Clustered(1000, 8, 3), queries = Clustered(20, 8, 4);
  testing::internal::CaptureStderr();
  const auto oracle = Oracle("PQ2x6", 8, Metric::kL2, vectors, true);
  testing::internal::GetCapturedStderr();
  ExpectSame(Search(*Built("PQ2x6", 8, Metric::kL2, vectors), queries, 1), Search(*oracle, queries, 1));
}

TEST(VectorIndex, TrainingIsRepeatable) {
  const auto vectors = Clustered(3000, kDimension, 3), queries = Clustered(20, kDimension, 4);
  const auto a = Built("OPQ8,IVF32,PQ8", kDimension, Metric::kL2, vectors);
  const auto b = Built("OPQ8,IVF32,PQ8", kDimension, Metric::kL2, vectors);
  EXPECT_EQ(Search(*a, queries, 10).scores, Search(*b, queries, 10).scores);
}

TEST(VectorIndex, MemoryIsCloseToWhatTheFamilyNeeds) {
  const auto vectors = Clustered(20000, kDimension, 3);
  const double n = 20000, d = kDimension;
  const auto bytes = [&](const char* factory) {
    const auto index = VectorIndex::Create({kDimension, Metric::kL2, factory});
    index->Train(vectors);
    index->Add(vectors, {});
    return static_cast<double>(index->memory_bytes());
  };
  EXPECT_NEAR(bytes("Flat") / (n * d * 4), 1, 0.02);
  EXPECT_NEAR(bytes("SQ8") / (n * d), 1, 0.05);
  EXPECT_NEAR(bytes("PQ8") / (n * 8 + 256 * d * 4 * 2), 1, 0.3);
  EXPECT_NEAR(bytes("HNSW32") / (n * (d * 4 + 64 * 4)), 1, 0.15);
  EXPECT_GE(bytes("IVF64,Flat"), n * (d * 4 + 8));
  EXPECT_LE(bytes("IVF64,Flat"), 2.1 * n * (d * 4 + 8));  // lists grow by doubling
}

TEST(VectorIndex, WideWorkIsAskedForWhereItPays) {
  EXPECT_FALSE(VectorIndex::Create({384, Metric::kL2, "Flat"})->WantsAllThreads(100000));
  EXPECT_FALSE(VectorIndex::Create({384, Metric::kL2, "IVF1000,Flat"})->WantsAllThreads(10));
  EXPECT_TRUE(VectorIndex::Create({384, Metric::kL2, "IVF1000,Flat"})->WantsAllThreads(100000));
  EXPECT_TRUE(VectorIndex::Create({384, Metric::kL2, "HNSW32"})->WantsAllThreads(10000));
}

}  // namespace
}  // namespace densenode::test
