#include "common/filter.h"

#include <cstdio>
#include <functional>
#include <set>

#include "index/filter_selection.h"
#include "index_fixture.h"

namespace densenode::test {
namespace {

constexpr std::size_t kDimension = 32;
constexpr std::size_t kCount = 3000;
constexpr std::size_t kQueries = 9;
constexpr std::size_t kResults = 10;
constexpr std::int64_t kFirstId = 1000;

// Ids in no order, all different, from 1000 on.
std::vector<std::int64_t> ShuffledIds() {
  std::vector<std::int64_t> ids(kCount);
  for (std::size_t i = 0; i < kCount; ++i) {
    ids[i] = kFirstId + 3 * static_cast<std::int64_t>((i * 7919) % kCount);
  }
  return ids;
}

// A filter with the arrays that it reads, and the same condition in plain words.
struct Case {
  std::string name;
  std::vector<std::int64_t> ids, exclude;
  std::vector<std::uint8_t> bitmap;
  Filter::Conditions conditions;
  std::function<bool(std::int64_t)> allows;
};

std::vector<std::unique_ptr<Case>> Cases() {
  std::vector<std::unique_ptr<Case>> cases;
  std::mt19937_64 random(7);
  const auto add = [&](std::string name) -> Case& {
    cases.push_back(std::make_unique<Case>());
    cases.back()->name = std::move(name);
    return *cases.back();
  };
  for (std::size_t count : {0, 1, 7, 30, 300, 1500}) {
    Case& some = add("ids " + std::to_string(count));
    std::set<std::int64_t> chosen;
    while (chosen.size() < count) {
      chosen.insert(kFirstId + 3 * static_cast<std::int64_t>(random() % kCount));
    }
    some.ids.assign(chosen.begin(), chosen.end());
    std::shuffle(some.ids.begin(), some.ids.end(), random);
    if (count > 0) some.ids.push_back(some.ids.front());  // twice
    some.ids.push_back(1LL << 50);                        // not there
    some.ids.push_back(kFirstId + 1);
    some.conditions.ids = some.ids;
    some.allows = [chosen](std::int64_t id) { return chosen.contains(id); };
  }
  Case& range = add("range");
  range.conditions.from = kFirstId + 300;
  range.conditions.to = kFirstId + 600;
  range.allows = [](std::int64_t id) { return id >= kFirstId + 300 && id < kFirstId + 600; };
  Case& from = add("from");
  from.conditions.from = kFirstId + 3000;
  from.allows = [](std::int64_t id) { return id >= kFirstId + 3000; };
  Case& bitmap = add("bitmap");
  bitmap.bitmap.resize(1100);  // shorter than the largest id
  for (auto& byte : bitmap.bitmap) byte = static_cast<std::uint8_t>(random());
  bitmap.conditions.bitmap = bitmap.bitmap;
  bitmap.allows = [&bitmap](std::int64_t id) {
    return id / 8 < 1100 && (bitmap.bitmap[static_cast<std::size_t>(id / 8)] >> (id % 8) & 1);
  };
  Case& exclude = add("exclude");
  for (int i = 0; i < 500; ++i) {
    exclude.exclude.push_back(kFirstId + static_cast<std::int64_t>(random() % (3 * kCount)));
  }
  exclude.exclude.push_back(1LL << 60);
  exclude.conditions.exclude = exclude.exclude;
  const std::set<std::int64_t> excluded(exclude.exclude.begin(), exclude.exclude.end());
  exclude.allows = [excluded](std::int64_t id) { return !excluded.contains(id); };
  Case& every = add("all together");
  every.ids = cases[5]->ids;
  every.exclude = exclude.exclude;
  every.bitmap = bitmap.bitmap;
  every.conditions = {kFirstId + 100, kFirstId + 8000, every.ids, every.exclude, every.bitmap};
  every.allows = [a = cases[5]->allows, b = exclude.allows, c = bitmap.allows](std::int64_t id) {
    return a(id) && b(id) && c(id) && id >= kFirstId + 100 && id < kFirstId + 8000;
  };
  return cases;
}

Result FilteredSearch(const VectorIndex& index, const std::vector<float>& queries, const Filter& filter,
                      const VectorIndex::SearchParameters& parameters = {}) {
  Result result{std::vector<std::int64_t>(kQueries * kResults, -7), std::vector<float>(kQueries * kResults)};
  index.Search(queries, kResults, parameters, result.ids.data(), result.scores.data(), {}, &filter);
  return result;
}

// A search for all vectors with those left out that are not allowed.
Result Kept(const Result& all, std::size_t width, const std::function<bool(std::int64_t)>& allows,
            float worst) {
  Result kept;
  for (std::size_t row = 0; row * width < all.ids.size(); ++row) {
    std::size_t taken = 0;
    for (std::size_t i = row * width; i < (row + 1) * width && taken < kResults; ++i) {
      if (all.ids[i] < 0 || !allows(all.ids[i])) continue;
      kept.ids.push_back(all.ids[i]);
      kept.scores.push_back(all.scores[i]);
      ++taken;
    }
    for (; taken < kResults; ++taken) {
      kept.ids.push_back(-1);
      kept.scores.push_back(worst);
    }
  }
  return kept;
}

struct Family {
  const char* factory;
  Metric metric;
  VectorIndex::SearchParameters everything = {};  // parameters that make an unfiltered search exhaustive
  float tolerance = 1e-4f;
};

class FilteredFamily : public testing::TestWithParam<Family> {};

// The oracle is FAISS: its own unfiltered search of everything, and std::function for the filter.
TEST_P(FilteredFamily, EqualsAnExhaustiveSearchWithTheRestLeftOut) {
  const auto& [factory, metric, everything, tolerance] = GetParam();
  const auto vectors = Clustered(kCount, kDimension, 3), queries = Clustered(kQueries, kDimension, 4);
  const auto ids = ShuffledIds();
  const auto index = Built(factory, kDimension, metric, vectors, ids);
  const auto all = Search(*index, queries, kCount, everything);
  const bool larger = metric == Metric::kInnerProduct || metric == Metric::kCosine;
  const float worst =
      larger ? -std::numeric_limits<float>::infinity() : std::numeric_limits<float>::infinity();
  for (const auto& each : Cases()) {
    SCOPED_TRACE(each->name);
    const Filter filter(each->conditions);
    const auto found = FilteredSearch(*index, queries, filter, everything);
    for (std::int64_t id : found.ids) EXPECT_TRUE(id == -1 || each->allows(id)) << id;
    ExpectSame(found, Kept(all, kCount, each->allows, worst), tolerance);
    // One query at a time takes other ways through FAISS.
    Result one{std::vector<std::int64_t>(kResults), std::vector<float>(kResults)};
    index->Search(std::span(queries).first(kDimension), kResults, everything, one.ids.data(),
                  one.scores.data(), {}, &filter);
    ExpectSame(one,
               {{found.ids.begin(), found.ids.begin() + kResults},
                {found.scores.begin(), found.scores.begin() + kResults}},
               tolerance);
  }
}

INSTANTIATE_TEST_SUITE_P(
    All, FilteredFamily,
    testing::Values(Family{"Flat", Metric::kInnerProduct}, Family{"Flat", Metric::kL2},
                    Family{"Flat", Metric::kCosine}, Family{"Flat", Metric::kL1}, Family{"SQ8", Metric::kL2},
                    Family{"SQfp16", Metric::kInnerProduct}, Family{"PQ16", Metric::kL2},
                    Family{"PCA16,Flat", Metric::kL2}, Family{"OPQ8,PQ8", Metric::kInnerProduct},
                    Family{"RaBitQ", Metric::kL2}, Family{"L2norm,Flat", Metric::kInnerProduct},
                    Family{"IVF32,Flat", Metric::kInnerProduct, {{"nprobe", 32}}},
                    Family{"IVF32,Flat", Metric::kCosine, {{"nprobe", 32}}},
                    Family{"IVF32,Flat", Metric::kL1, {{"nprobe", 32}}},
                    Family{"IVF32,PQ8np", Metric::kL2, {{"nprobe", 32}}, 1e-3f},
                    Family{"IVF32,SQ8", Metric::kInnerProduct, {{"nprobe", 32}}},
                    Family{"PCAR16,IVF32,SQ8", Metric::kL2, {{"nprobe", 32}}, 1e-3f},
                    Family{"IVF32,RaBitQ", Metric::kL2, {{"nprobe", 32}}},
                    Family{"PQ16x4fs,RFlat", Metric::kL2, {{"k_factor", 300}}},
                    Family{"IVF32,PQ8x4fs,RFlat", Metric::kL2, {{"nprobe", 32}, {"k_factor", 300}}}),
    [](const auto& info) { return FamilyName(info.param.factory, info.param.metric); });

// Fast scan rounds its tables to 8 bits: the exact way may come to other neighbours of nearly the same score.
TEST(Filter, FastScanFindsAllowedNeighbours) {
  const auto vectors = Clustered(kCount, kDimension, 3), queries = Clustered(kQueries, kDimension, 4);
  for (const char* factory : {"PQ16x4fs", "IVF32,PQ16x4fs"}) {
    const auto index = Built(factory, kDimension, Metric::kL2, vectors, ShuffledIds());
    const auto all = Search(*index, queries, kCount, {});
    for (const auto& each : Cases()) {
      const Filter filter(each->conditions);
      const auto found = FilteredSearch(*index, queries, filter);
      for (std::size_t i = 0; i < found.ids.size(); ++i) {
        if (found.ids[i] < 0) continue;
        EXPECT_TRUE(each->allows(found.ids[i]));
        const auto row = all.ids.begin() + static_cast<std::ptrdiff_t>(i / kResults * kCount);
        const auto place = std::find(row, row + kCount, found.ids[i]);
        if (place == row + kCount) continue;  // in a list that the unfiltered search did not look into
        const float score = all.scores[static_cast<std::size_t>(place - all.ids.begin())];
        EXPECT_NEAR(found.scores[i], score, 0.05f * (1 + score));
      }
    }
  }
}

// Where few are allowed, graphs and cells alone would come up short.
TEST(Filter, GivesKResultsWhereTheyExist) {
  const auto vectors = Clustered(20000, kDimension, 3), queries = Clustered(50, kDimension, 4);
  for (const char* factory : {"IVF200,Flat", "HNSW16", "IVF200_HNSW8,SQ8", "HNSW16,SQ8",
                              "IVF200,PQ16x4fs,RFlat", "IVF200,RaBitQ"}) {
    const auto index = Built(factory, kDimension, Metric::kL2, vectors);
    for (std::int64_t step : {1000, 100, 20, 4, 2}) {
      std::vector<std::int64_t> ids;
      for (std::int64_t id = 0; id < 20000; id += step) ids.push_back(id);
      const Filter filter({.ids = ids});
      // The least that a search can be asked to do.
      VectorIndex::SearchParameters least;
      if (std::string(factory).starts_with("IVF")) least["nprobe"] = 1;
      if (std::string(factory).starts_with("HNSW")) least["efSearch"] = 1;
      std::vector<std::int64_t> found(50 * 100);
      std::vector<float> scores(found.size());
      index->Search(queries, 100, least, found.data(), scores.data(), {}, &filter);
      const std::size_t expected = std::min<std::size_t>(100, ids.size());
      for (std::size_t row = 0; row < 50; ++row) {
        const std::set<std::int64_t> distinct(
            found.begin() + static_cast<std::ptrdiff_t>(row * 100),
            found.begin() + static_cast<std::ptrdiff_t>(row * 100 + expected));
        EXPECT_EQ(distinct.size(), expected) << factory << " step " << step;
        for (std::int64_t id : distinct) EXPECT_TRUE(id >= 0 && id % step == 0) << id;
        EXPECT_TRUE(std::is_sorted(scores.begin() + static_cast<std::ptrdiff_t>(row * 100),
                                   scores.begin() + static_cast<std::ptrdiff_t>((row + 1) * 100)));
      }
    }
  }
}

TEST(Filter, OfAGraphFindsWhatBruteForceFinds) {
  const auto vectors = Clustered(10000, kDimension, 3), queries = Clustered(100, kDimension, 4);
  const auto index = Built("HNSW16", kDimension, Metric::kL2, vectors);
  for (std::int64_t step : {100, 8, 3, 2}) {
    std::vector<std::int64_t> ids;
    std::vector<float> allowed;
    for (std::int64_t id = 0; id < 10000; id += step) {
      ids.push_back(id);
      const auto row = vectors.begin() + id * static_cast<std::int64_t>(kDimension);
      allowed.insert(allowed.end(), row, row + kDimension);
    }
    const auto exact = BruteForce(allowed, queries, kDimension, Metric::kL2, kResults);
    const Filter filter({.ids = ids});
    Result found{std::vector<std::int64_t>(100 * kResults), std::vector<float>(100 * kResults)};
    index->Search(queries, kResults, {{"efSearch", 64}}, found.ids.data(), found.scores.data(), {}, &filter);
    std::size_t equal = 0;
    for (std::size_t i = 0; i < found.ids.size(); ++i) {
      equal += found.ids[i] == ids[static_cast<std::size_t>(exact.ids[i])];
    }
    EXPECT_GE(equal, 950u) << "one in " << step;
  }
}

// Where ids are 0, 1, ... a bitmap of ids is one of vectors: found is what the same ids given one by one
// find.
TEST(Filter, BitsOfIdsFromZeroAreTheirIds) {
  const auto vectors = Clustered(kCount, kDimension, 3), queries = Clustered(kQueries, kDimension, 4);
  std::mt19937 random(9);
  for (const char* factory : {"Flat", "IVF8,Flat", "HNSW8"}) {
    const auto index = Built(factory, kDimension, Metric::kL2, vectors);
    for (const bool removed : {false, true}) {
      if (removed) index->Remove(std::vector<std::int64_t>{0, 17, kCount - 1});
      for (const std::size_t bytes : {std::size_t{0}, std::size_t{100}, kCount / 8, kCount / 8 + 50}) {
        SCOPED_TRACE(std::string(factory) + " " + std::to_string(bytes) + (removed ? ", some removed" : ""));
        std::vector<std::uint8_t> bitmap(bytes);
        for (auto& byte : bitmap) byte = static_cast<std::uint8_t>(random());
        std::vector<std::int64_t> ids;
        for (std::size_t id = 0; id < 8 * bytes; ++id) {
          if (bitmap[id / 8] >> (id % 8) & 1) ids.push_back(static_cast<std::int64_t>(id));
        }
        const Filter of_bits({.bitmap = bitmap}), of_ids({.ids = ids});
        const VectorIndex::SearchParameters parameters =
            std::string(factory) == "Flat"    ? VectorIndex::SearchParameters{}
            : std::string(factory) == "HNSW8" ? VectorIndex::SearchParameters{{"efSearch", 64}}
                                              : VectorIndex::SearchParameters{{"nprobe", 8}};
        const Result bits = FilteredSearch(*index, queries, of_bits, parameters);
        const Result listed = FilteredSearch(*index, queries, of_ids, parameters);
        EXPECT_EQ(bits.ids, listed.ids);
        for (const std::int64_t id : bits.ids) {
          EXPECT_TRUE(id == -1 || std::binary_search(ids.begin(), ids.end(), id)) << id;
        }
      }
    }
  }
}

TEST(Filter, IsAskedAgainWhenTheIndexChanged) {
  const auto vectors = Clustered(100, kDimension, 3);
  for (const char* factory : {"Flat", "IVF4,Flat", "HNSW8"}) {
    const auto index = VectorIndex::Create({kDimension, Metric::kL2, factory});
    index->Train(vectors);
    index->Add(std::span(vectors).first(50 * kDimension), {});
    const std::vector<std::int64_t> ids{3, 77};
    const Filter filter({.ids = ids});
    const auto found = [&] {
      std::vector<std::int64_t> result(3);
      std::vector<float> scores(3);
      index->Search(std::span(vectors).first(kDimension), 3, {}, result.data(), scores.data(), {}, &filter);
      return std::multiset<std::int64_t>(result.begin(), result.end());
    };
    EXPECT_EQ(found(), (std::multiset<std::int64_t>{-1, -1, 3}));
    index->Add(std::span(vectors).last(50 * kDimension), {});
    EXPECT_EQ(found(), (std::multiset<std::int64_t>{-1, 3, 77}));
    index->Remove(std::vector<std::int64_t>{3});
    EXPECT_EQ(found(), (std::multiset<std::int64_t>{-1, -1, 77}));
  }
}

}  // namespace
}  // namespace densenode::test
