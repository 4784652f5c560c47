#include <faiss/impl/AuxIndexStructures.h>

#include <future>
#include <set>

#include "index/range_search_job.h"
#include "index_fixture.h"

namespace densenode::test {
namespace {

constexpr std::size_t kDimension = 32;
constexpr std::size_t kCount = 3000;
constexpr std::size_t kQueries = 9;

RangeHits RangeSearch(const VectorIndex& index, const std::vector<float>& queries, float radius,
                      const VectorIndex::SearchParameters& parameters = {}, const Filter* filter = nullptr,
                      std::size_t most = 1 << 24) {
  RangeBudget budget(most);
  RangeHits hits;
  index.RangeSearch(queries, radius, parameters, filter, &budget, &hits);
  return hits;
}

// A search for everything, cut off at the radius.
void ExpectCutOff(const RangeHits& hits, const Result& all, float radius, bool larger,
                  const std::function<bool(std::int64_t)>& allows, float tolerance) {
  ASSERT_EQ(hits.counts.size(), kQueries);
  std::size_t at = 0;
  for (std::size_t row = 0; row < kQueries; ++row) {
    std::set<std::int64_t> expected, doubtful;
    for (std::size_t i = row * kCount; i < (row + 1) * kCount; ++i) {
      if (all.ids[i] < 0 || !allows(all.ids[i])) continue;
      if (std::fabs(all.scores[i] - radius) <= tolerance * (1 + std::fabs(radius))) {
        doubtful.insert(all.ids[i]);
      } else if (larger ? all.scores[i] > radius : all.scores[i] < radius) {
        expected.insert(all.ids[i]);
      }
    }
    for (std::size_t end = at + hits.counts[row]; at < end; ++at) {
      EXPECT_TRUE(expected.erase(hits.ids[at]) + doubtful.erase(hits.ids[at]) == 1) << hits.ids[at];
      EXPECT_TRUE(larger ? hits.scores[at] > radius : hits.scores[at] < radius);
      if (at + 1 < end) {
        EXPECT_TRUE(larger ? hits.scores[at] >= hits.scores[at + 1] : hits.scores[at] <= hits.scores[at + 1]);
      }
    }
    EXPECT_TRUE(expected.empty()) << expected.size() << " were not found for query " << row;
  }
  EXPECT_EQ(at, hits.ids.size());
}

struct Family {
  const char* factory;
  Metric metric;
  VectorIndex::SearchParameters everything = {};
  float tolerance = 1e-3f;
};

class RangeFamily : public testing::TestWithParam<Family> {};

TEST_P(RangeFamily, EqualsASearchForEverythingCutOff) {
  const auto& [factory, metric, everything, tolerance] = GetParam();
  const auto vectors = Clustered(kCount, kDimension, 3), queries = Clustered(kQueries, kDimension, 4);
  std::vector<std::int64_t> ids(kCount);
  for (std::size_t i = 0; i < kCount; ++i) ids[i] = 50 + static_cast<std::int64_t>((i * 7919) % kCount);
  const auto index = Built(factory, kDimension, metric, vectors, ids);
  const bool larger = metric == Metric::kInnerProduct || metric == Metric::kCosine;
  const auto all = Search(*index, queries, kCount, everything);
  const auto every = [](std::int64_t) { return true; };
  for (std::size_t rank : {0, 5, 200, 2000}) {
    const float radius = all.scores[rank];
    ExpectCutOff(RangeSearch(*index, queries, radius, everything), all, radius, larger, every, tolerance);
    for (std::int64_t to : {60, 300, 2500}) {
      const Filter filter({.from = 55, .to = to});
      ExpectCutOff(
          RangeSearch(*index, queries, radius, everything, &filter), all, radius, larger,
          [&](std::int64_t id) { return id >= 55 && id < to; }, tolerance);
    }
  }
  const float nothing = larger ? 1e30f : -1e30f;
  EXPECT_TRUE(RangeSearch(*index, queries, nothing, everything).ids.empty());
  EXPECT_ERROR(RangeSearch(*index, queries, -nothing, everything, nullptr, 1000), ErrorCode::kInvalidArgument,
               "more than 1000 results");
}

INSTANTIATE_TEST_SUITE_P(All, RangeFamily,
                         testing::Values(Family{"Flat", Metric::kInnerProduct}, Family{"Flat", Metric::kL2},
                                         Family{"Flat", Metric::kCosine}, Family{"Flat", Metric::kL1},
                                         Family{"SQ8", Metric::kL2}, Family{"PQ16", Metric::kInnerProduct},
                                         Family{"PCA16,Flat", Metric::kL2}, Family{"RaBitQ", Metric::kL2},
                                         Family{"PQ16x4fs,RFlat", Metric::kL2, {{"k_factor", 300}}},
                                         Family{"IVF32,Flat", Metric::kInnerProduct, {{"nprobe", 32}}},
                                         Family{"IVF32,Flat", Metric::kCosine, {{"nprobe", 32}}},
                                         Family{"IVF32,Flat", Metric::kL1, {{"nprobe", 32}}},
                                         Family{"IVF32,PQ8np", Metric::kL2, {{"nprobe", 32}}},
                                         Family{"IVF32,SQ8", Metric::kInnerProduct, {{"nprobe", 32}}},
                                         Family{"IVF32,RaBitQ", Metric::kL2, {{"nprobe", 32}}}),
                         [](const auto& info) { return FamilyName(info.param.factory, info.param.metric); });

// With the shortcuts of the family: what FAISS's own range search finds.
TEST(RangeSearch, EqualsFaiss) {
  const auto vectors = Clustered(kCount, kDimension, 3), queries = Clustered(kQueries, kDimension, 4);
  for (const auto& [factory, metric] :
       std::vector<std::pair<const char*, Metric>>{{"Flat", Metric::kL2},
                                                   {"Flat", Metric::kInnerProduct},
                                                   {"IVF32,Flat", Metric::kL2},
                                                   {"IVF32,PQ8x4fs", Metric::kL2},
                                                   {"HNSW16", Metric::kL2},
                                                   {"HNSW16", Metric::kInnerProduct},
                                                   {"SQfp16", Metric::kL2},
                                                   {"IVF32,SQ8", Metric::kInnerProduct}}) {
    SCOPED_TRACE(factory);
    const auto index = Built(factory, kDimension, metric, vectors);
    const auto oracle = Oracle(factory, kDimension, metric, vectors);
    const float radius = Search(*index, queries, 50).scores[49];
    const auto hits = RangeSearch(*index, queries, radius);
    faiss::RangeSearchResult expected(kQueries);
    oracle->range_search(kQueries, queries.data(), radius, &expected);
    std::size_t at = 0, different = 0;
    for (std::size_t row = 0; row < kQueries; ++row) {
      std::set<std::int64_t> theirs(expected.labels + expected.lims[row],
                                    expected.labels + expected.lims[row + 1]);
      for (std::size_t end = at + hits.counts[row]; at < end; ++at)
        different += theirs.erase(hits.ids[at]) == 0;
      different += theirs.size();
    }
    EXPECT_GT(hits.ids.size(), 0u);
    EXPECT_LE(different, 2u) << "scores at the radius itself may fall on either side";
  }
}

TEST(RangeSearch, PassesRemovedVectorsBy) {
  const auto vectors = Clustered(500, kDimension, 3);
  for (const char* factory : {"HNSW16", "Flat", "IVF8,PQ8,RFlat"}) {
    const auto index = Built(factory, kDimension, Metric::kL2, vectors);
    index->Remove(std::vector<std::int64_t>{3, 4});
    const auto hits =
        RangeSearch(*index, {vectors.begin() + 3 * kDimension, vectors.begin() + 4 * kDimension}, 1e30f);
    EXPECT_FALSE(hits.ids.empty());
    for (std::int64_t id : hits.ids) EXPECT_TRUE(id != 3 && id != 4);
  }
}

TEST(RangeSearchJob, SlicesEqualOneCallAndStopWhenAsked) {
  const auto vectors = Clustered(2000, kDimension, 1);
  const auto index = Built("Flat", kDimension, Metric::kL2, vectors);
  for (std::size_t n : {0, 1, 7, 300}) {
    const auto queries = Clustered(n, kDimension, 2);
    const auto expected = RangeSearch(*index, queries, 20);
    RangeSearchRequest request;
    request.queries = queries;
    request.radius = 20;
    request.most = std::max<std::size_t>(1, expected.ids.size());
    const auto run = [&] {
      std::promise<std::pair<std::exception_ptr, RangeHits>> ended;
      StartRangeSearch(index, request, [&](std::exception_ptr error, RangeHits hits) {
        ended.set_value({error, std::move(hits)});
      });
      return ended.get_future().get();
    };
    const auto [error, hits] = run();
    EXPECT_EQ(error, nullptr);
    EXPECT_EQ(hits.counts, expected.counts);
    EXPECT_EQ(hits.ids, expected.ids);
    EXPECT_EQ(hits.scores, expected.scores);
    if (n == 0) continue;
    request.most = expected.ids.size() - 1;
    if (request.most > 0) {
      EXPECT_ERROR(std::rethrow_exception(run().first), ErrorCode::kInvalidArgument, "maxResults");
    }
    request.cancellation = std::make_shared<Cancellation>();
    request.cancellation->Request();
    EXPECT_ERROR(std::rethrow_exception(run().first), ErrorCode::kAborted, "aborted");
  }
}

}  // namespace
}  // namespace densenode::test
