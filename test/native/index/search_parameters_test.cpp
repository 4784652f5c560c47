#include <faiss/IndexIVFPQ.h>
#include <faiss/IndexRefine.h>

#include "index_fixture.h"

namespace densenode::test {
namespace {

constexpr std::size_t kDimension = 32;
using Parameters = VectorIndex::SearchParameters;

struct Effect {
  const char* factory;
  Parameters low, high;
};

class SearchParameter : public testing::TestWithParam<Effect> {};

// Each parameter moves the recall (or, for qb, the scores), and leaves nothing behind in the index.
TEST_P(SearchParameter, HasAnEffectOnThisCallOnly) {
  const auto& [factory, low, high] = GetParam();
  const auto vectors = Clustered(5000, kDimension, 3), queries = Clustered(200, kDimension, 4);
  const auto index = Built(factory, kDimension, Metric::kL2, vectors);
  const auto exact = BruteForce(vectors, queries, kDimension, Metric::kL2, 10);
  const auto recall = [&](const Result& result) {
    std::size_t hits = 0;
    for (std::size_t q = 0; q < 200; ++q) {
      for (std::size_t i = 0; i < 10; ++i) {
        const auto row = exact.ids.begin() + static_cast<std::ptrdiff_t>(q * 10);
        hits += std::find(row, row + 10, result.ids[q * 10 + i]) != row + 10;
      }
    }
    return static_cast<double>(hits) / 2000;
  };
  const auto before = Search(*index, queries, 10);
  const auto weak = Search(*index, queries, 10, low), strong = Search(*index, queries, 10, high);
  EXPECT_GT(recall(strong), recall(weak) + 0.005) << factory;
  EXPECT_EQ(Search(*index, queries, 10).ids, before.ids) << "nothing remains of a call";
}

INSTANTIATE_TEST_SUITE_P(
    All, SearchParameter,
    testing::Values(
        Effect{"IVF64,Flat", {{"nprobe", 1}}, {{"nprobe", 16}}},
        Effect{"IVF64,Flat", {{"nprobe", 64}, {"max_codes", 50}}, {{"nprobe", 64}}},
        Effect{"IVF64,PQ16", {{"nprobe", 1}}, {{"nprobe", 16}}},
        Effect{"IVF256_HNSW4,Flat",
               {{"nprobe", 1}, {"quantizer_efSearch", 1}},
               {{"nprobe", 1}, {"quantizer_efSearch", 256}}},
        Effect{"HNSW4", {{"efSearch", 10}}, {{"efSearch", 200}}},
        Effect{"PCA16,HNSW4", {{"efSearch", 10}}, {{"efSearch", 200}}},
        Effect{"PQ4,RFlat", {{"k_factor", 1}}, {{"k_factor", 20}}},
        Effect{"IVF64,PQ8x4fs,RFlat", {{"k_factor", 1}, {"nprobe", 32}}, {{"k_factor", 16}, {"nprobe", 32}}},
        Effect{
            "PCA16,IVF64,PQ8,RFlat", {{"k_factor", 20}, {"nprobe", 1}}, {{"k_factor", 20}, {"nprobe", 32}}},
        Effect{"RaBitQ", {{"qb", 1}}, {{"qb", 8}}},
        Effect{"IVF16,RaBitQ", {{"qb", 1}, {"nprobe", 16}}, {{"qb", 8}, {"nprobe", 16}}}),
    [](const auto& info) { return std::to_string(info.index); });

TEST(SearchParameters, EqualFaissWithTheSameObjects) {
  const auto vectors = Clustered(4000, kDimension, 3), queries = Clustered(50, kDimension, 4);
  const auto index = Built("OPQ8,IVF64,PQ8,RFlat", kDimension, Metric::kL2, vectors);
  testing::internal::CaptureStderr();
  const auto oracle = Oracle("OPQ8,IVF64,PQ8,RFlat", kDimension, Metric::kL2, vectors);
  testing::internal::GetCapturedStderr();
  faiss::SearchParametersIVF ivf;
  ivf.nprobe = 9;
  faiss::IndexRefineSearchParameters refine;
  refine.k_factor = 4;
  refine.base_index_params = &ivf;
  ExpectSame(Search(*index, queries, 10, {{"nprobe", 9}, {"k_factor", 4}}),
             Search(*oracle, queries, 10, &refine));
}

TEST(SearchParameters, AreCheckedByFamily) {
  const auto check = [](const char* factory, Parameters parameters) {
    VectorIndex::Create({kDimension, Metric::kL2, factory})->CheckSearchParameters(parameters);
  };
  check("IVF64,Flat", {{"nprobe", 64}, {"max_codes", 0}});
  check("PCA16,IVF64_HNSW8,PQ8,RFlat", {{"nprobe", 1}, {"quantizer_efSearch", 3}, {"k_factor", 1.5}});
  EXPECT_ERROR(check("Flat", {{"nprobe", 8}}), ErrorCode::kInvalidArgument, "it has none");
  EXPECT_ERROR(check("IVF64,Flat", {{"efSearch", 8}}), ErrorCode::kInvalidArgument,
               "it has: nprobe, max_codes");
  EXPECT_ERROR(check("HNSW8", {{"nprobe", 8}}), ErrorCode::kInvalidArgument, "it has: efSearch");
  EXPECT_ERROR(check("IVF64,PQ8x4fs", {{"max_codes", 8}}), ErrorCode::kInvalidArgument, "max_codes");
  for (double value : {0.0, -1.0, 65.0, 2.5, std::nan(""), HUGE_VAL}) {
    EXPECT_ERROR(check("IVF64,Flat", {{"nprobe", value}}), ErrorCode::kInvalidArgument, "from 1 to 64");
  }
  EXPECT_ERROR(check("HNSW8", {{"efSearch", 1e12}}), ErrorCode::kInvalidArgument, "efSearch");
  EXPECT_ERROR(check("PQ8,RFlat", {{"k_factor", 0.5}}), ErrorCode::kInvalidArgument, "k_factor");
}

TEST(SearchParameters, ExtremesStayBounded) {
  const auto vectors = Clustered(300, kDimension, 3), queries = Clustered(40, kDimension, 4);
  const auto refined = Built("PQ4x4,RFlat", kDimension, Metric::kL2, vectors);
  const auto exact = BruteForce(vectors, queries, kDimension, Metric::kL2, 300);
  ExpectSame(Search(*refined, queries, 300, {{"k_factor", 1 << 20}}), exact, 1e-3f, 300);
  const auto graph = Built("HNSW8", kDimension, Metric::kL2, vectors);
  EXPECT_EQ(Search(*graph, queries, 1000, {{"efSearch", 1 << 20}}).ids[999], -1);
}

}  // namespace
}  // namespace densenode::test
