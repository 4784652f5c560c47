#include "index/index_parameters.h"

#include <thread>

#include "index_fixture.h"

namespace densenode::test {
namespace {

constexpr std::size_t kDimension = 32;
using Parameters = VectorIndex::Parameters;

std::shared_ptr<VectorIndex> BuiltWith(const char* factory, const Parameters& parameters,
                                       const std::vector<float>& vectors) {
  VectorIndex::CreateOptions options{kDimension, Metric::kL2, factory};
  options.parameters = parameters;
  auto index = VectorIndex::Create(options);
  index->Train(vectors);
  index->Add(vectors, {});
  return index;
}

TEST(IndexParameters, OfCreationAreThoseOfEverySearch) {
  const auto vectors = Clustered(3000, kDimension, 3), queries = Clustered(50, kDimension, 4);
  const std::vector<std::pair<const char*, Parameters>> cases{
      {"IVF64,Flat", {{"nprobe", 9}}},
      {"IVF64,Flat", {{"nprobe", 64}, {"max_codes", 100}}},
      {"IVF64_HNSW4,SQ8", {{"nprobe", 5}, {"quantizer_efSearch", 40}}},
      {"HNSW4", {{"efSearch", 100}}},
      {"RaBitQ", {{"qb", 4}}},
      {"IVF16,RaBitQ", {{"qb", 4}, {"nprobe", 8}}},
      {"PCA16,IVF64,PQ8,RFlat", {{"nprobe", 16}, {"k_factor", 8}}}};
  for (const auto& [factory, parameters] : cases) {
    const auto plain = BuiltWith(factory, {}, vectors), with = BuiltWith(factory, parameters, vectors);
    ExpectSame(Search(*with, queries, 10), Search(*plain, queries, 10, parameters));
    for (const auto& [name, value] : parameters) EXPECT_EQ(with->search_parameters().at(name), value) << name;
    EXPECT_NE(Search(*with, queries, 10).scores, Search(*plain, queries, 10).scores) << factory;
    // One call's own win over them.
    const auto defaults = plain->search_parameters();
    ExpectSame(Search(*with, queries, 10, defaults), Search(*plain, queries, 10));
  }
}

TEST(IndexParameters, EfConstructionMakesABetterGraph) {
  const auto vectors = Clustered(3000, kDimension, 3), queries = Clustered(200, kDimension, 4);
  const auto exact = BruteForce(vectors, queries, kDimension, Metric::kL2, 10);
  const auto hits = [&](const Parameters& parameters) {
    const auto found = Search(*BuiltWith("HNSW4", parameters, vectors), queries, 10);
    std::size_t count = 0;
    for (std::size_t i = 0; i < found.ids.size(); ++i) {
      const auto row = exact.ids.begin() + static_cast<std::ptrdiff_t>(i / 10 * 10);
      count += std::find(row, row + 10, found.ids[i]) != row + 10;
    }
    return count;
  };
  EXPECT_GT(hits({{"efConstruction", 200}}), hits({{"efConstruction", 4}}) + 20);
}

TEST(IndexParameters, AreCheckedBeforeAnythingIsMade) {
  const auto create = [](const char* factory, const Parameters& parameters) {
    VectorIndex::CreateOptions options{kDimension, Metric::kL2, factory};
    options.parameters = parameters;
    return VectorIndex::Create(options);
  };
  EXPECT_ERROR(create("Flat", {{"nprobe", 2}}), ErrorCode::kInvalidArgument, "it has none");
  EXPECT_ERROR(create("HNSW8", {{"nprobe", 2}}), ErrorCode::kInvalidArgument,
               "it has: efSearch, efConstruction");
  EXPECT_ERROR(create("HNSW8", {{"efConstruction", 0}}), ErrorCode::kInvalidArgument, "from 1 to");
  EXPECT_ERROR(create("IVF8_HNSW4,Flat", {{"quantizer_efConstruction", 2.5}}), ErrorCode::kInvalidArgument,
               "whole");
  const auto index = create("HNSW8", {{"efConstruction", 50}});
  EXPECT_ERROR(index->CheckSearchParameters({{"efConstruction", 50}}), ErrorCode::kInvalidArgument,
               "for building the index, not for a search");
  EXPECT_ERROR(index->SetSearchParameters({{"efConstruction", 50}}), ErrorCode::kInvalidArgument, "building");
}

TEST(IndexParameters, AreSetAllOrNone) {
  const auto vectors = Clustered(1000, kDimension, 3);
  const auto index = BuiltWith("IVF16,PQ8,RFlat", {{"nprobe", 2}}, vectors);
  EXPECT_ERROR(index->SetSearchParameters({{"k_factor", 3}, {"nprobe", 17}}), ErrorCode::kInvalidArgument,
               "from 1 to 16");
  EXPECT_EQ(index->search_parameters(), (Parameters{{"nprobe", 2}, {"max_codes", 0}, {"k_factor", 1}}));
  index->SetSearchParameters({{"k_factor", 3.5}});
  EXPECT_EQ(index->search_parameters(), (Parameters{{"nprobe", 2}, {"max_codes", 0}, {"k_factor", 3.5}}));
}

TEST(IndexParameters, OutliveTrainingAndSaving) {
  const TemporaryFolder folder;
  const auto vectors = Clustered(2000, kDimension, 3), queries = Clustered(20, kDimension, 4);
  for (const char* factory : {"IVF16,Flat", "IVF16_HNSW8,PQ8x4fs,Refine(SQ8)"}) {
    VectorIndex::CreateOptions options{kDimension, Metric::kL2, factory};
    options.parameters = {{"nprobe", 3}};
    const auto index = VectorIndex::Create(options);
    index->SetSearchParameters({{"nprobe", 5}});
    index->Train(vectors);
    index->Add(vectors, {});
    EXPECT_EQ(index->search_parameters().at("nprobe"), 5);
    index->Save(folder / "index");
    for (bool mmap : {false, true}) {
      const auto opened = VectorIndex::Open(folder / "index", mmap);
      EXPECT_EQ(opened->search_parameters(), index->search_parameters());
      EXPECT_EQ(Search(*opened, queries, 10).ids, Search(*index, queries, 10).ids);
      opened->SetSearchParameters({{"nprobe", 16}});
      EXPECT_EQ(Search(*opened, queries, 10).ids, Search(*index, queries, 10, {{"nprobe", 16}}).ids);
    }
  }
}

// Calls side by side with parameters of their own, while those of the index change: each gets what it asked
// for.
TEST(IndexParameters, OfCallsSideBySideDoNotMix) {
  const auto vectors = Clustered(3000, kDimension, 3), queries = Clustered(20, kDimension, 4);
  const std::vector<std::pair<const char*, std::string>> cases{{"IVF64,Flat", "nprobe"},
                                                               {"IVF64,PQ8x4fs,RFlat", "nprobe"},
                                                               {"HNSW4", "efSearch"},
                                                               {"PQ4,RFlat", "k_factor"}};
  for (const auto& [factory, name] : cases) {
    const auto index = BuiltWith(factory, {}, vectors);
    std::vector<Result> expected;
    for (int value = 1; value <= 4; ++value) {
      expected.push_back(Search(*index, queries, 10, {{name, value * value}}));
    }
    std::vector<std::thread> threads;
    for (std::size_t t = 0; t < 4; ++t) {
      threads.emplace_back([&, t] {
        const auto value = static_cast<double>((t + 1) * (t + 1));
        for (int round = 0; round < 30; ++round) {
          if (t == 0) index->SetSearchParameters({{name, 1 + round % 16}});
          EXPECT_EQ(Search(*index, queries, 10, {{name, value}}).ids, expected[t].ids) << factory;
        }
      });
    }
    for (auto& thread : threads) thread.join();
  }
}

TEST(ExactSearch, ComparesWithEveryVector) {
  const auto vectors = Clustered(2000, kDimension, 3), queries = Clustered(30, kDimension, 4);
  for (Metric metric : {Metric::kL2, Metric::kInnerProduct, Metric::kCosine}) {
    const auto exact = BruteForce(vectors, queries, kDimension, metric, 10);
    for (const char* factory : {"Flat", "IVF64,Flat", "IVF64_HNSW4,Flat", "HNSW4", "RR,HNSW4", "PQ4,RFlat",
                                "PCA16,IVF64,PQ8x4fs,RFlat", "RR,IVF16,Flat"}) {
      const auto index = Built(factory, kDimension, metric, vectors);
      EXPECT_TRUE(index->keeps_vectors()) << factory;
      Result found{std::vector<std::int64_t>(300), std::vector<float>(300)};
      index->SearchExact(queries, 10, found.ids.data(), found.scores.data());
      ExpectSame(found, exact, 1e-4f);
    }
  }
}

TEST(ExactSearch, KnowsWhatTheIndexKeeps) {
  const auto keeps = [](const char* factory) {
    return VectorIndex::Create({kDimension, Metric::kL2, factory})->keeps_vectors();
  };
  for (const char* factory :
       {"SQfp16", "SQbf16", "IVF8,SQfp16", "HNSW4,SQfp16", "PCA16,PQ4,RFlat", "L2norm,Flat"})
    EXPECT_TRUE(keeps(factory)) << factory;
  for (const char* factory :
       {"SQ8", "PQ4", "RaBitQ", "IVF8,SQ8", "HNSW4,SQ8", "PQ8x4fs,Refine(SQ8)", "PCA16,Flat"})
    EXPECT_FALSE(keeps(factory)) << factory;
}

TEST(ExactSearch, PadsAndChecksAsASearchDoes) {
  const auto index = VectorIndex::Create({kDimension, Metric::kL2, "HNSW4"});
  const auto vectors = Clustered(3, kDimension, 3);
  index->Add(vectors, std::vector<std::int64_t>{7, 5, 9});
  Result found{std::vector<std::int64_t>(5), std::vector<float>(5)};
  index->SearchExact(std::span(vectors).subspan(kDimension, kDimension), 5, found.ids.data(),
                     found.scores.data());
  EXPECT_EQ(found.ids[0], 5);
  EXPECT_EQ(found.ids[4], -1);
  EXPECT_EQ(found.scores[4], std::numeric_limits<float>::infinity());
  const std::vector<float> bad(kDimension, std::nanf(""));
  EXPECT_ERROR(index->SearchExact(bad, 5, found.ids.data(), found.scores.data()), ErrorCode::kInvalidArgument,
               "query");
}

// A large addition leaves no reserve behind: what recommend() promises.
TEST(Memory, OfOneLargeAdditionIsThatOfTheVectors) {
  const auto vectors = Clustered(20000, kDimension, 3);
  const auto flat = Built("Flat", kDimension, Metric::kL2, vectors)->memory_bytes();
  EXPECT_LT(flat, 20000 * kDimension * 4 + 1000u);
  const auto lists = Built("IVF64,Flat", kDimension, Metric::kL2, vectors)->memory_bytes();
  EXPECT_LT(lists, 20000 * (kDimension * 4 + 8) + 64 * (kDimension * 4 + 200) + 1000u);
  const auto graph = Built("HNSW16", kDimension, Metric::kL2, vectors)->memory_bytes();
  EXPECT_LT(graph, 20000 * (kDimension * 4 + 16 * 4 * 2.1 + 12) + 1000);
}

}  // namespace
}  // namespace densenode::test
