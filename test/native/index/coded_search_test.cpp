// Searches of graphs and of inverted lists that read byte codes first: results are those of FAISS on the same
// index.
#include "index/coded_search.h"

#include <faiss/IndexFlat.h>
#include <faiss/IndexIVFFlat.h>
#include <faiss/invlists/InvertedLists.h>

#include <atomic>
#include <thread>

#include "common/filter.h"
#include "common/one_thread.h"
#include "index/faiss_change.h"
#include "index/faiss_layers.h"
#include "index/search_plan.h"
#include "index_fixture.h"
#ifdef __AVX512F__
#include "common/aligned_buffer.h"
#include "index/cpu/byte_kernel.h"
#endif

namespace densenode::test {
namespace {

constexpr std::size_t kDimension = 96, kCount = 5000;

bool UsesRowCodes(const faiss::Index& index) { return CodeFormOf(index) == CodeForm::kRows; }
bool HasCodes() { return UsesRowCodes(faiss::IndexHNSWFlat(kDimension, 8)); }

// Searched by FAISS and by SearchIndex, three times: the first searches make codes, the next ones read them.
// What the codes take then.
std::size_t ExpectFaissResults(const faiss::Index& index, const std::vector<float>& queries, std::size_t k,
                               const faiss::SearchParameters& parameters) {
  const Result expected = Search(index, queries, k, &parameters);
  IndexCodes codes;
  codes.Follow(index);
  const std::size_t n = queries.size() / static_cast<std::size_t>(index.d);
  for (int time = 0; time < 3; ++time) {
    SCOPED_TRACE("k " + std::to_string(k) + ", time " + std::to_string(time));
    Result found{std::vector<std::int64_t>(n * k), std::vector<float>(n * k)};
    SearchIndex(index, codes, n, queries.data(), k, &parameters, found.scores.data(), found.ids.data());
    for (std::size_t i = 0; i < n * k; ++i) {
      if (found.ids[i] < 0) found.scores[i] = expected.scores[i];  // VectorIndex pads scores
    }
    ExpectSame(found, expected, 1e-4F, k);
  }
  return codes.memory_bytes();
}

faiss::SearchParametersHNSW WithEf(int ef, const faiss::IDSelector* selector = nullptr) {
  faiss::SearchParametersHNSW parameters;
  parameters.efSearch = ef;
  parameters.sel = const_cast<faiss::IDSelector*>(selector);
  return parameters;
}

faiss::SearchParametersIVF WithProbes(std::size_t nprobe) {
  faiss::SearchParametersIVF parameters;
  parameters.nprobe = nprobe;
  return parameters;
}

// Lengths from nothing to where bounds say nothing, vectors that are there twice, zeros.
std::vector<float> OfAllLengths(std::size_t count, unsigned seed) {
  auto vectors = Clustered(count, kDimension, seed);
  const float scales[] = {1, 1, 1, 1e-3F, 0.5F, 0, 1e-20F, 1};
  for (std::size_t i = 0; i < vectors.size(); ++i) vectors[i] *= scales[i / kDimension % 8];
  std::copy_n(vectors.begin(), vectors.size() / 4,
              vectors.begin() + static_cast<std::ptrdiff_t>(vectors.size() / 2));
  return vectors;
}

// Equals may come in another order: scores alone.
void ExpectFaissScores(const faiss::Index& index, const std::vector<float>& queries,
                       const faiss::SearchParameters& parameters) {
  IndexCodes codes;
  codes.Follow(index);
  for (std::size_t row = 0; row < queries.size() / kDimension; ++row) {
    const auto at = queries.begin() + static_cast<std::ptrdiff_t>(row * kDimension);
    const std::vector<float> query(at, at + kDimension);
    const Result expected = Search(index, query, 10, &parameters);
    for (int time = 0; time < 2; ++time) {
      Result found{std::vector<std::int64_t>(10), std::vector<float>(10)};
      SearchIndex(index, codes, 1, query.data(), 10, &parameters, found.scores.data(), found.ids.data());
      for (std::size_t i = 0; i < 10; ++i) {
        EXPECT_NEAR(found.scores[i], expected.scores[i], 1e-5F * std::fabs(expected.scores[i])) << row;
      }
    }
  }
}

TEST(HnswSearch, GoesTheWayOfFaiss) {
  for (const std::size_t dimension : {60, 64, 96, 108, 129, 384}) {
    const auto vectors = Clustered(3000, dimension, 1), queries = Clustered(40, dimension, 2);
    for (const Metric metric : {Metric::kInnerProduct, Metric::kL2}) {
      SCOPED_TRACE(std::string(MetricName(metric)) + " " + std::to_string(dimension));
      const auto index = Oracle("HNSW16", dimension, metric, vectors);
      EXPECT_EQ(UsesRowCodes(*index), HasCodes() && dimension >= 64);
      for (const int ef : {1, 16, 100}) {
        for (const std::size_t k : {1, 10, 50}) {
          const std::size_t codes = ExpectFaissResults(*index, queries, k, WithEf(ef));
          EXPECT_EQ(codes > 0, UsesRowCodes(*index));
        }
      }
    }
  }
}

TEST(ListSearch, FindsWhatFaissFinds) {
  for (const std::size_t dimension : {60, 64, 129, 384}) {
    const auto vectors = Clustered(4000, dimension, 18), queries = Clustered(50, dimension, 19);
    for (const Metric metric : {Metric::kInnerProduct, Metric::kL2}) {
      SCOPED_TRACE(std::string(MetricName(metric)) + " " + std::to_string(dimension));
      for (const char* factory : {"IVF20,Flat", "IVF100,Flat", "IVF20_HNSW8,Flat"}) {
        const auto index = Oracle(factory, dimension, metric, vectors);
        for (const std::size_t nprobe : {1, 7, 100}) {
          for (const std::size_t k : {1, 10, 300}) {
            const std::size_t codes = ExpectFaissResults(*index, queries, k, WithProbes(nprobe));
            EXPECT_EQ(codes > 0, HasCodes() && dimension >= 64);
            ExpectFaissResults(*index,
                               {queries.begin(), queries.begin() + static_cast<std::ptrdiff_t>(dimension)}, k,
                               WithProbes(nprobe));
          }
        }
      }
    }
  }
}

faiss::SearchParameters Selecting(const faiss::IDSelector* selector) {
  faiss::SearchParameters parameters;
  parameters.sel = const_cast<faiss::IDSelector*>(selector);
  return parameters;
}

// SQ8: the bytes of FAISS are the codes.
TEST(ByteSearch, FindsWhatFaissFinds) {
  for (const std::size_t dimension : {60, 96, 129}) {
    auto vectors = Clustered(2000, dimension, 26);
    const auto queries = Clustered(40, dimension, 27);
    for (std::size_t i = 5; i < vectors.size(); i += dimension) vectors[i] = 0.25F;  // a value without extent
    const std::vector<float> one(queries.begin(), queries.begin() + static_cast<std::ptrdiff_t>(dimension));
    for (const Metric metric : {Metric::kInnerProduct, Metric::kL2}) {
      SCOPED_TRACE(std::string(MetricName(metric)) + " " + std::to_string(dimension));
      const auto flat = Oracle("SQ8", dimension, metric, vectors);
      const faiss::IDSelectorRange half(100, 1000), few(7, 12);
      for (const std::size_t k : {1, 10, 300}) {
        for (const auto& parameters : {Selecting(nullptr), Selecting(&half), Selecting(&few)}) {
          ExpectFaissResults(*flat, queries, k, parameters);
          ExpectFaissResults(*flat, one, k, parameters);
        }
      }
      for (const bool by_residual : {true, false}) {
        std::unique_ptr<faiss::Index> lists(
            faiss::index_factory(static_cast<int>(dimension), "IVF20,SQ8", FaissMetric(metric)));
        dynamic_cast<faiss::IndexIVF&>(*lists).by_residual = by_residual;
        lists->train(2000, vectors.data());
        lists->add(2000, vectors.data());
        for (const std::size_t nprobe : {1, 7, 100}) {
          for (const std::size_t k : {1, 10, 300}) {
            auto parameters = WithProbes(nprobe);
            ExpectFaissResults(*lists, queries, k, parameters);
            ExpectFaissResults(*lists, one, k, parameters);
            parameters.sel = const_cast<faiss::IDSelectorRange*>(&half);
            ExpectFaissResults(*lists, queries, k, parameters);
          }
        }
      }
    }
  }
}

TEST(ByteSearch, FindsWhatFaissFindsAmongVectorsOfAllLengths) {
  const auto vectors = OfAllLengths(3000, 28);
  auto queries = Clustered(30, kDimension, 29);
  const float of_queries[] = {1, 0, 1e-14F, 1e12F, 1e-3F};
  for (std::size_t i = 0; i < queries.size(); ++i) queries[i] *= of_queries[i / kDimension % 5];
  ExpectFaissScores(*Oracle("SQ8", kDimension, Metric::kInnerProduct, vectors), queries, Selecting(nullptr));
  ExpectFaissScores(*Oracle("IVF20,SQ8", kDimension, Metric::kInnerProduct, vectors), queries, WithProbes(5));
}

TEST(ListSearch, LeavesWhatItDoesNotDoToFaiss) {
  const auto vectors = Clustered(kCount, kDimension, 20), queries = Clustered(40, kDimension, 21);
  const auto index = Oracle("IVF20,Flat", kDimension, Metric::kL2, vectors);
  auto parameters = WithProbes(5);
  parameters.max_codes = 300;
  ExpectFaissResults(*index, queries, 10, parameters);
  parameters.max_codes = 0;
  ExpectFaissResults(*index, queries, 2000, parameters);
  faiss::IDSelectorRange some(100, 2000);
  parameters.sel = &some;
  ExpectFaissResults(*index, queries, 10, parameters);
}

// One in `step` of the vectors: found by search jobs of one query and of
// many, first without codes and then with them.
TEST(CodedSearch, FindsTheNearestOfAFilter) {
  const auto vectors = Clustered(kCount, kDimension, 22), queries = Clustered(40, kDimension, 23);
  for (const char* factory : {"Flat", "IVF20,Flat", "SQ8", "IVF20,SQ8"}) {
    for (const Metric metric : {Metric::kInnerProduct, Metric::kL2, Metric::kCosine}) {
      const auto index = Built(factory, kDimension, metric, vectors, ShuffledIds(kCount, 3, 100));
      // Vectors of 8 bits are no longer of length 1.
      const float tolerance = std::string(factory).ends_with("SQ8") ? 2e-3F : 1e-4F;
      for (const std::int64_t step : {2, 5, 40, 700}) {
        SCOPED_TRACE(std::string(factory) + " " + MetricName(metric) + " one in " + std::to_string(step));
        std::vector<std::int64_t> allowed;
        for (std::int64_t id = 100; id < 100 + 3 * static_cast<std::int64_t>(kCount); id += 3 * step) {
          allowed.push_back(id);
        }
        std::vector<float> their_vectors;
        for (const std::int64_t id : allowed) {
          const auto row = Row(*index, id);
          their_vectors.insert(their_vectors.end(), row.begin(), row.end());
        }
        const std::size_t k = std::min<std::size_t>(10, allowed.size());
        auto expected = BruteForce(their_vectors, queries, kDimension, metric, k);
        for (std::int64_t& id : expected.ids) id = allowed[static_cast<std::size_t>(id)];
        const auto filter = std::make_shared<Filter>(Filter::Conditions{.ids = allowed});
        for (const std::size_t rows : {1, 1, 40}) {
          Result found{std::vector<std::int64_t>(rows * 10), std::vector<float>(rows * 10)};
          SearchRequest request;
          request.queries = std::span(queries).first(rows * kDimension);
          request.k = 10;
          if (std::string(factory).starts_with("IVF")) request.parameters["nprobe"] = 20;
          request.filter = filter;
          request.ids = found.ids.data();
          request.scores = found.scores.data();
          std::promise<std::exception_ptr> ended;
          StartSearch(index, request, [&](std::exception_ptr error) { ended.set_value(error); });
          ASSERT_EQ(ended.get_future().get(), nullptr);
          Result of_rows;
          for (std::size_t row = 0; row < rows; ++row) {
            const auto at = static_cast<std::ptrdiff_t>(row * 10), count = static_cast<std::ptrdiff_t>(k);
            of_rows.ids.insert(of_rows.ids.end(), found.ids.begin() + at, found.ids.begin() + at + count);
            of_rows.scores.insert(of_rows.scores.end(), found.scores.begin() + at,
                                  found.scores.begin() + at + count);
            for (std::ptrdiff_t i = count; i < 10; ++i)
              EXPECT_EQ(found.ids[static_cast<std::size_t>(at + i)], -1);
          }
          const auto end = static_cast<std::ptrdiff_t>(rows * k);
          ExpectSame(of_rows,
                     {{expected.ids.begin(), expected.ids.begin() + end},
                      {expected.scores.begin(), expected.scores.begin() + end}},
                     tolerance, k);
        }
      }
    }
  }
}

TEST(HnswSearch, GoesTheWayOfFaissAmongSome) {
  const auto vectors = Clustered(kCount, kDimension, 3), queries = Clustered(40, kDimension, 4);
  for (const Metric metric : {Metric::kInnerProduct, Metric::kL2}) {
    const auto index = Oracle("HNSW16", kDimension, metric, vectors);
    for (const faiss::idx_t end : {0, 30, 500, 4000}) {
      const faiss::IDSelectorRange some(0, end);
      ExpectFaissResults(*index, queries, 10, WithEf(64, &some));
    }
  }
}

TEST(CodedSearch, FindsWhatFaissFindsAmongVectorsOfAllLengths) {
  const auto vectors = OfAllLengths(3000, 5);
  auto queries = Clustered(30, kDimension, 6);
  const float of_queries[] = {1, 0, 1e-14F, 1e12F, 1e-3F};
  for (std::size_t i = 0; i < queries.size(); ++i) queries[i] *= of_queries[i / kDimension % 5];
  for (const Metric metric : {Metric::kInnerProduct, Metric::kL2}) {
    SCOPED_TRACE(MetricName(metric));
    ExpectFaissScores(*Oracle("HNSW16", kDimension, metric, vectors), queries, WithEf(50));
    ExpectFaissScores(*Oracle("IVF20,Flat", kDimension, metric, vectors), queries, WithProbes(5));
  }
}

// What one large value leaves no room for: nothing is ruled out.
TEST(CodedSearch, FindsWhatFaissFindsWhereCodesTellNothingApart) {
  auto vectors = Clustered(kCount, kDimension, 7), queries = Clustered(20, kDimension, 8);
  for (std::size_t i = 0; i < vectors.size(); i += kDimension) vectors[i] = 3000;
  for (const Metric metric : {Metric::kInnerProduct, Metric::kL2}) {
    ExpectFaissResults(*Oracle("HNSW16", kDimension, metric, vectors), queries, 10, WithEf(64));
    ExpectFaissResults(*Oracle("IVF20,Flat", kDimension, metric, vectors), queries, 10, WithProbes(10));
  }
}

// As a hostile file may hold them: no result, and no harm.
TEST(CodedSearch, PassesOverVectorsThatAreNoNumbers) {
  auto vectors = Clustered(3000, kDimension, 24);
  const auto queries = Clustered(20, kDimension, 25);
  for (const Metric metric : {Metric::kInnerProduct, Metric::kL2}) {
    for (const char* factory : {"HNSW16", "IVF20,Flat"}) {
      auto index = Oracle(factory, kDimension, metric, vectors);
      const auto spoil = [](float* values) { values[7] = std::nanf(""); };
      if (auto* graph = dynamic_cast<faiss::IndexHNSW*>(index.get())) {
        float* const stored = dynamic_cast<faiss::IndexFlat&>(*graph->storage).get_xb();
        for (std::size_t i = 0; i < 3000; i += 3) spoil(stored + i * kDimension);
        spoil(stored + static_cast<std::size_t>(graph->hnsw.entry_point) * kDimension);
      } else {
        auto& lists =
            dynamic_cast<faiss::ArrayInvertedLists&>(*dynamic_cast<faiss::IndexIVF&>(*index).invlists);
        for (auto& codes : lists.codes) {
          for (std::size_t at = 0; at < codes.size(); at += 3 * kDimension * sizeof(float)) {
            spoil(reinterpret_cast<float*>(codes.data() + at));
          }
        }
      }
      const faiss::SearchParametersHNSW of_graph = WithEf(40);
      const faiss::SearchParametersIVF of_lists = WithProbes(20);
      const bool graph = std::string(factory) == "HNSW16";
      IndexCodes codes;
      codes.Follow(*index);
      if (CodeFormOf(*index) == CodeForm::kNone) GTEST_SKIP() << "this CPU or build has no kernel for codes";
      for (int time = 0; time < 2; ++time) {
        std::vector<std::int64_t> labels(20 * 10);
        std::vector<float> scores(20 * 10);
        SearchIndex(*index, codes, 20, queries.data(), 10,
                    graph ? static_cast<const faiss::SearchParameters*>(&of_graph) : &of_lists, scores.data(),
                    labels.data());
        for (std::size_t i = 0; i < labels.size(); ++i) {
          EXPECT_LT(labels[i], 3000);
          EXPECT_FALSE(labels[i] >= 0 && std::isnan(scores[i]));
        }
      }
    }
  }
}

// Where codes tell nothing apart, a filter holds in the comparison in fp32 as well.
TEST(CodedSearch, FiltersWhereCodesTellNothingApart) {
  auto vectors = Clustered(kCount, kDimension, 31);
  const auto queries = Clustered(40, kDimension, 32);
  for (std::size_t i = 0; i < vectors.size(); i += kDimension) vectors[i] = 3000;
  std::vector<std::int64_t> half;
  std::vector<float> their_vectors;
  // The last chunks have none.
  for (std::int64_t id = 0; id < 3000; id += 2) {
    half.push_back(id);
    const auto row = vectors.begin() + id * static_cast<std::int64_t>(kDimension);
    their_vectors.insert(their_vectors.end(), row, row + kDimension);
  }
  const auto index = Built("Flat", kDimension, Metric::kL2, vectors);
  auto expected = Search(*Oracle("Flat", kDimension, Metric::kL2, their_vectors), queries, 10);
  for (std::int64_t& id : expected.ids) id = half[static_cast<std::size_t>(id)];
  SearchRequest request;
  request.filter = std::make_shared<Filter>(Filter::Conditions{.ids = half});
  request.k = 10;
  for (const std::size_t rows : {1, 1, 40}) {
    Result found{std::vector<std::int64_t>(rows * 10), std::vector<float>(rows * 10)};
    request.queries = std::span(queries).first(rows * kDimension);
    request.ids = found.ids.data();
    request.scores = found.scores.data();
    std::promise<std::exception_ptr> ended;
    StartSearch(index, request, [&](std::exception_ptr error) { ended.set_value(error); });
    ASSERT_EQ(ended.get_future().get(), nullptr);
    const auto end = static_cast<std::ptrdiff_t>(rows * 10);
    ExpectSame(found, {{expected.ids.begin(), expected.ids.begin() + end},
                       {expected.scores.begin(), expected.scores.begin() + end}});
  }
}

// The lists to probe are found here, what is in them by FAISS: by all layers, for one query and for many.
TEST(CodedSearch, FindsListsByCodesOfTheirCentroids) {
  const auto vectors = Clustered(3000, kDimension, 14), queries = Clustered(40, kDimension, 15);
  const std::vector<float> few(queries.begin(),
                               queries.begin() + static_cast<std::ptrdiff_t>(2 * kDimension));
  for (const Metric metric : {Metric::kInnerProduct, Metric::kL2}) {
    for (const char* factory :
         {"IVF40,PQ8", "IVF40,PQ48x4fs", "IVF40,SQfp16", "IVF40,Flat,RFlat", "IVF40,SQ8,Refine(SQfp16)",
          "IVF40,PQ48x4fs,Refine(SQ8)", "PCA80,IVF40,Flat", "OPQ8_64,IVF40,PQ8,RFlat"}) {
      const auto index = Oracle(factory, kDimension, metric, vectors);
      const auto dimension = static_cast<std::size_t>(FaissLayers(*index).ivf->d);
      const std::size_t codes = CodeBytes(CodeForm::kChunks, index->metric_type, dimension, 40);
      EXPECT_EQ(codes > 0, HasCodes());
      for (const double nprobe : {1, 9, 40}) {
        SCOPED_TRACE(std::string(MetricName(metric)) + " " + factory + " nprobe " + std::to_string(nprobe));
        VectorIndex::SearchParameters parameters{{"nprobe", nprobe}};
        if (FaissLayers(*index).refine) parameters["k_factor"] = 3.5;
        const SearchPlan plan(*index, parameters, 10);
        EXPECT_EQ(ExpectFaissResults(*index, queries, 10, *plan.get()), codes);
        ExpectFaissResults(*index, few, 10, *plan.get());
      }
    }
  }
}

TEST(CodedSearch, LeavesOtherIndexesToFaiss) {
  const auto vectors = Clustered(2000, kDimension, 9), queries = Clustered(20, kDimension, 10);
  for (const char* factory : {"HNSW16,SQ8", "PCA64,HNSW16", "PQ8,RFlat", "IVF20_HNSW8,PQ8"}) {
    SCOPED_TRACE(factory);
    const auto index = Built(factory, kDimension, Metric::kL2, vectors);
    const std::size_t before = index->memory_bytes();
    ExpectSame(Search(*index, queries, 10),
               Search(*Oracle(factory, kDimension, Metric::kL2, vectors), queries, 10));
    EXPECT_EQ(index->memory_bytes(), before);
  }
}

class CodedSearchChanges : public ::testing::TestWithParam<const char*> {};

TEST_P(CodedSearchChanges, AreFollowed) {
  for (const Metric metric : {Metric::kInnerProduct, Metric::kL2, Metric::kCosine}) {
    SCOPED_TRACE(MetricName(metric));
    const auto vectors = Clustered(2 * kCount, kDimension, 11), queries = Clustered(30, kDimension, 12);
    const TemporaryFolder folder;
    const auto index = VectorIndex::Create({kDimension, metric, GetParam()});
    index->Train(vectors);
    // The same index without codes is the oracle: as its file, opened so.
    const auto expect_same = [&](const char* when) {
      SCOPED_TRACE(when);
      index->Save(folder / "index");
      const auto without = VectorIndex::Open(folder / "index", false, false);
      const Result expected = Search(*without, queries, 10);
      for (int time = 0; time < 2; ++time) ExpectSame(Search(*index, queries, 10), expected);
      EXPECT_EQ(without->memory_bytes() + 100 * kDimension < index->memory_bytes(), HasCodes());
    };
    std::size_t added = 0;
    for (const std::size_t count : {2000, 99, 1, 3500, 3000}) {
      index->Add(std::span(vectors).subspan(added * kDimension, count * kDimension), {});
      added += count;
      expect_same("after add");
    }
    std::vector<std::int64_t> removed(700);
    std::iota(removed.begin(), removed.end(), 100);
    index->Remove(removed);
    expect_same("after remove");
    const std::vector<std::int64_t> best{Search(*index, queries, 1).ids[0]};
    index->Update(std::span(vectors).last(kDimension), best, Missing::kRefuse);
    expect_same("after update");
  }
}

INSTANTIATE_TEST_SUITE_P(Of, CodedSearchChanges,
                         ::testing::Values("HNSW16", "IVF20,Flat", "IVF20_HNSW8,Flat"), [](const auto& test) {
                           return std::string(test.param).substr(0, std::string(test.param).find(','));
                         });

TEST(CodedSearch, HasNoCodesWhereTheyAreForbidden) {
  const auto vectors = Clustered(kCount, kDimension, 13), queries = Clustered(20, kDimension, 14);
  for (const char* factory : {"HNSW16", "IVF20,Flat"}) {
    const TemporaryFolder folder;
    VectorIndex::CreateOptions options{kDimension, Metric::kL2, factory};
    options.byte_codes = false;
    const auto created = VectorIndex::Create(options);
    created->Train(vectors);
    created->Add(vectors, {});
    created->Save(folder / "index");
    for (const auto& index : {created, VectorIndex::Open(folder / "index", true)}) {
      const std::size_t before = index->memory_bytes();
      Search(*index, queries, 10);
      EXPECT_EQ(index->memory_bytes(), before) << factory;
    }
  }
}

TEST_P(CodedSearchChanges, MayComeBetweenSearches) {
  const auto vectors = Clustered(2 * kCount, kDimension, 15), queries = Clustered(5, kDimension, 16);
  const auto index = VectorIndex::Create({kDimension, Metric::kL2, GetParam()});
  index->Train(vectors);
  index->Add(std::span(vectors).first(kCount * kDimension), {});
  std::atomic<bool> stop{false};
  std::vector<std::thread> readers;
  for (int t = 0; t < 3; ++t) {
    readers.emplace_back([&] {
      const OneThread one_thread;
      while (!stop) {
        for (const std::int64_t id : Search(*index, queries, 10).ids) EXPECT_GE(id, 0);
      }
    });
  }
  for (std::size_t i = kCount; i < 2 * kCount; i += 500) {
    index->Add(std::span(vectors).subspan(i * kDimension, 500 * kDimension), {});
  }
  stop = true;
  for (auto& reader : readers) reader.join();
  const TemporaryFolder folder;
  index->Save(folder / "index");
  ExpectSame(Search(*index, queries, 10),
             Search(*VectorIndex::Open(folder / "index", false, false), queries, 10));
}

#ifdef __AVX512F__

TEST(MultiplyFourRows, EqualsWholeNumbers) {
  if (!cpu::VnniByteKernel()) GTEST_SKIP() << "this CPU has no AVX512-VNNI";
  std::mt19937 random(30);
  for (const std::size_t bytes : {1, 63, 64, 65, 128, 129, 384, 448}) {
    constexpr std::size_t kMost = 9;
    const std::size_t padded = (bytes + 63) / 64 * 64;
    AlignedBuffer<std::int8_t> queries(kMost * padded);
    std::fill_n(queries.data(), kMost * padded, std::int8_t{0});
    std::vector<std::uint8_t> rows(4 * bytes);  // to the last byte: a sanitizer sees what is read beyond
    for (auto& value : rows) value = static_cast<std::uint8_t>(random() % 256);
    const std::int8_t* of_queries[kMost];
    for (std::size_t query = 0; query < kMost; ++query) {
      std::int8_t* const to = queries.data() + query * padded;
      for (std::size_t i = 0; i < bytes; ++i)
        to[i] = static_cast<std::int8_t>(static_cast<int>(random() % 255) - 127);
      of_queries[query] = to;
    }
    const std::uint8_t* const starts[] = {rows.data(), rows.data() + bytes, rows.data() + 2 * bytes,
                                          rows.data() + 3 * bytes};
    for (std::size_t count = 1; count <= kMost; ++count) {
      std::int32_t products[4 * kMost];
      cpu::MultiplyFourRows(of_queries, count, starts, bytes, products);
      for (std::size_t i = 0; i < 4 * count; ++i) {
        EXPECT_EQ(products[i],
                  std::inner_product(starts[i % 4], starts[i % 4] + bytes, of_queries[i / 4], 0));
      }
    }
  }
}

#endif

}  // namespace
}  // namespace densenode::test
