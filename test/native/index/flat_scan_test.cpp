// Exact search by ranges of vectors against FAISS's flat index, for every way of scanning that this CPU has.
#include "index/flat_scan.h"

#include <faiss/IndexFlat.h>

#include <functional>

#include "index/flat_search.h"
#include "index_fixture.h"
#ifdef __AVX512F__
#include "index/cpu/bf16_scan.h"
#include "index/cpu/byte_scan.h"
#endif

namespace densenode::test {
namespace {

using MakeScan = std::function<std::unique_ptr<FlatScan>(
    faiss::MetricType, std::size_t dimension, std::size_t rows, const float* queries, std::size_t k)>;

struct NamedScan {
  std::string name;
  MakeScan make;
  bool coded = false;
};

std::vector<NamedScan> Scans() {
  std::vector<NamedScan> scans = {{"float", [](auto metric, auto d, auto rows, auto queries, auto) {
                                     return MakeFloatScan(metric, d, rows, queries);
                                   }}};
#ifdef __AVX512F__
  for (const cpu::ProductKernel* kernel : {cpu::AmxKernel(), cpu::Avx512Kernel()}) {
    if (!kernel) continue;
    scans.push_back({kernel->name, [kernel](auto metric, auto d, auto rows, auto queries, auto k) {
                       return MakeBf16Scan(*kernel, metric, d, rows, queries, k);
                     }});
  }
  for (const cpu::ByteKernel* kernel : {cpu::AmxByteKernel(), cpu::VnniByteKernel()}) {
    if (!kernel) continue;
    const auto make = [kernel](auto metric, auto d, auto rows, auto queries, auto k) {
      return MakeByteScan(*kernel, metric, d, rows, queries, k);
    };
    scans.push_back({kernel->name, make, true});
  }
#endif
  return scans;
}

Result Faiss(faiss::MetricType metric, std::size_t d, const std::vector<float>& vectors, const float* queries,
             std::size_t rows, std::size_t k) {
  faiss::IndexFlat index(static_cast<faiss::idx_t>(d), metric);
  index.add(static_cast<faiss::idx_t>(vectors.size() / d), vectors.data());
  Result result{std::vector<std::int64_t>(rows * k), std::vector<float>(rows * k)};
  for (std::size_t i = 0; i < rows; ++i) {  // one at a time: in batches FAISS takes BLAS's sums for l2
    index.search(1, queries + i * d, static_cast<faiss::idx_t>(k), result.scores.data() + i * k,
                 result.ids.data() + i * k);
  }
  return result;
}

// The best of all ranges.
Ranking Scan(const FlatScan& scan, faiss::MetricType metric, std::size_t d, const std::vector<float>& vectors,
             std::size_t rows, std::size_t k, std::size_t range, ScanCodes* codes) {
  if (codes) range = (range + ScanCodes::kChunk - 1) / ScanCodes::kChunk * ScanCodes::kChunk;
  Ranking best;
  const std::size_t count = vectors.size() / d;
  for (std::size_t first = 0; first < count; first += range) {
    const std::size_t here = std::min(range, count - first);
    Ranking next;
    next.Resize(rows, std::min(k, here));
    scan.Nearest({vectors.data() + first * d, here, codes, first}, &next);
    for (std::int64_t& label : next.labels) {
      if (label >= 0) label += static_cast<std::int64_t>(first);
    }
    MergeInto(&best, &next, rows, k, faiss::is_similarity_metric(metric));
  }
  return best;
}

void ExpectFaissResults(const Result& expected, const Ranking& found, const std::string& what) {
  ASSERT_EQ(found.labels.size(), expected.ids.size()) << what;
  for (std::size_t i = 0; i < found.labels.size(); ++i) {
    EXPECT_FLOAT_EQ(found.scores[i], expected.scores[i]) << what << ", place " << i;
    const bool tied = (i % found.k > 0 && expected.scores[i] == expected.scores[i - 1]) ||
                      (i % found.k + 1 < found.k && expected.scores[i] == expected.scores[i + 1]) ||
                      i % found.k + 1 == found.k;
    if (!tied) {
      EXPECT_EQ(found.labels[i], expected.ids[i]) << what << ", place " << i;
    }
  }
}

constexpr std::size_t kLeastBlasQueries = 4;  // as VectorIndex sets it, for the whole process

void Compare(std::size_t d, std::vector<float> vectors, const std::vector<float>& queries, std::size_t k,
             const std::string& what) {
  const std::size_t rows = queries.size() / d, count = vectors.size() / d;
  for (const faiss::MetricType metric : {faiss::METRIC_INNER_PRODUCT, faiss::METRIC_L2}) {
    const Result expected = Faiss(metric, d, vectors, queries.data(), rows, k);
    for (const auto& [name, make, coded] : Scans()) {
      // For more queries FAISS takes l2 from BLAS's products and norms, with other last digits.
      if (name == "float" && rows >= kLeastBlasQueries) continue;
      ScanCodes codes;
      codes.Resize(count);
      for (const std::size_t range : {count, std::max(k, count / 3)}) {
        const auto scan = make(metric, d, rows, queries.data(), k);
        ExpectFaissResults(
            expected, Scan(*scan, metric, d, vectors, rows, k, range, coded ? &codes : nullptr),
            what + " " + name + " metric " + std::to_string(metric) + " range " + std::to_string(range));
      }
    }
  }
}

TEST(FlatScan, EqualsFaissForManyShapes) {
  for (const std::size_t d : {1, 3, 16, 31, 33, 384}) {
    for (const auto& [rows, k] :
         {std::pair<std::size_t, std::size_t>{1, 1}, {3, 10}, {16, 5}, {33, 100}, {70, 10}}) {
      Compare(d, Clustered(1500, d, 1), Clustered(rows, d, 2), k,
              "d " + std::to_string(d) + " rows " + std::to_string(rows) + " k " + std::to_string(k));
    }
  }
}

TEST(FlatScan, EqualsFaissWhereRoundingHidesDifferences) {
  constexpr std::size_t kD = 48;
  // Neighbours that differ by less than bf16 can tell.
  std::vector<float> vectors = Clustered(600, kD, 3);
  const std::vector<float> small = Clustered(600, kD, 4);
  for (std::size_t i = kD; i < vectors.size(); ++i) vectors[i] = vectors[i % kD] + 1e-4F * small[i];
  Compare(kD, vectors, Clustered(3, kD, 5), 10, "near");
}

TEST(FlatScan, EqualsFaissForVectorsOfAllNorms) {
  constexpr std::size_t kD = 24;
  std::vector<float> vectors = Clustered(900, kD, 6);
  const float scales[] = {0, 1e-30F, 1e-18F, 1e-6F, 1, 1e3F, 1e8F, 1e16F};
  for (std::size_t i = 0; i < vectors.size(); ++i) vectors[i] *= scales[i / kD % 8];
  Compare(kD, vectors, Clustered(3, kD, 7), 10, "norms");
}

TEST(FlatScan, DuplicatesComeOnceEach) {
  constexpr std::size_t kD = 32, kRows = 40, kK = 50;
  const std::vector<float> one = Clustered(1, kD, 8), queries = Clustered(kRows, kD, 9);
  std::vector<float> vectors;
  for (int i = 0; i < 2000; ++i) vectors.insert(vectors.end(), one.begin(), one.end());
  for (const auto& [name, make, coded] : Scans()) {
    ScanCodes codes;
    codes.Resize(2000);
    const auto scan = make(faiss::METRIC_L2, kD, kRows, queries.data(), kK);
    const Ranking found =
        Scan(*scan, faiss::METRIC_L2, kD, vectors, kRows, kK, 700, coded ? &codes : nullptr);
    for (std::size_t row = 0; row < kRows; ++row) {
      std::vector<std::int64_t> ids(found.labels.begin() + static_cast<std::ptrdiff_t>(row * kK),
                                    found.labels.begin() + static_cast<std::ptrdiff_t>((row + 1) * kK));
      std::sort(ids.begin(), ids.end());
      EXPECT_EQ(std::unique(ids.begin(), ids.end()), ids.end()) << name;
      EXPECT_GE(ids.front(), 0) << name;
    }
  }
}

TEST(FlatScan, PassesByWhatIsNoNumber) {
  constexpr std::size_t kD = 16, kRows = 5, kK = 10;
  std::vector<float> vectors = Clustered(300, kD, 10);
  for (std::size_t row = 0; row < 300; row += 2)
    vectors[row * kD + 3] = std::numeric_limits<float>::quiet_NaN();
  const auto queries = Clustered(kRows, kD, 11);
  for (const auto& [name, make, coded] : Scans()) {
    ScanCodes codes;
    codes.Resize(300);
    const auto scan = make(faiss::METRIC_INNER_PRODUCT, kD, kRows, queries.data(), kK);
    const Ranking found =
        Scan(*scan, faiss::METRIC_INNER_PRODUCT, kD, vectors, kRows, kK, 300, coded ? &codes : nullptr);
    for (const std::int64_t label : found.labels) EXPECT_EQ(label % 2, 1) << name;
  }
}

SearchRequest Request(std::span<const float> queries, std::size_t k, Result* result) {
  SearchRequest request;
  request.queries = queries;
  request.k = k;
  request.ids = result->ids.data();
  request.scores = result->scores.data();
  return request;
}

// The steps of a job, in this thread.
bool Finish(FlatSearch& search) {
  for (std::size_t step = 0; step < search.steps(); ++step) search.Step(step);
  return !search.failed();
}

TEST(FlatSearch, EqualsTheSearchByQueries) {
  constexpr std::size_t kD = 64;
  const auto vectors = Clustered(5000, kD, 12);
  for (const Metric metric : {Metric::kInnerProduct, Metric::kL2, Metric::kCosine, Metric::kL1}) {
    const auto index = VectorIndex::Create({kD, metric, "Flat"});
    std::vector<std::int64_t> ids(5000);
    std::iota(ids.rbegin(), ids.rend(), 100);
    index->Add(vectors, ids);
    for (const std::size_t rows : {1, 2, 9, 600}) {
      const auto queries = Clustered(rows, kD, 13);
      const Result expected = Search(*index, queries, 7);
      Result found{std::vector<std::int64_t>(rows * 7), std::vector<float>(rows * 7)};
      const auto search = FlatSearch::Plan(index, Request(queries, 7, &found));
      ASSERT_TRUE(search);
      EXPECT_GT(search->steps(), 1u);
      ASSERT_TRUE(Finish(*search));
      EXPECT_EQ(found.ids, expected.ids) << MetricName(metric) << ' ' << rows;
      for (std::size_t i = 0; i < found.scores.size(); ++i)
        EXPECT_NEAR(found.scores[i], expected.scores[i], 2e-4F * (1 + std::abs(expected.scores[i])));
    }
  }
}

TEST(FlatSearch, FailsWhenTheIndexChangesBetweenItsSteps) {
  constexpr std::size_t kD = 64;
  const auto vectors = Clustered(5000, kD, 14), queries = Clustered(4, kD, 15);
  const auto index = Built("Flat", kD, Metric::kL2, vectors);
  Result result{std::vector<std::int64_t>(4 * 3), std::vector<float>(4 * 3)};
  const SearchRequest request = Request(queries, 3, &result);
  const auto search = FlatSearch::Plan(index, request);
  search->Step(0);
  index->Remove(std::vector<std::int64_t>{17});
  EXPECT_FALSE(Finish(*search));
  EXPECT_TRUE(Finish(*FlatSearch::Plan(index, request)));
}

TEST(FlatSearch, LeavesOtherSearchesToTheIndex) {
  const auto vectors = Clustered(5000, 64, 16), queries = Clustered(4, 64, 17);
  const auto plan = [&](const char* factory, std::size_t k, std::size_t rows) {
    Result none;
    return FlatSearch::Plan(Built(factory, 64, Metric::kL2, vectors),
                            Request(std::span(queries).first(rows * 64), k, &none)) != nullptr;
  };
  EXPECT_TRUE(plan("Flat", 3, 1));
  EXPECT_FALSE(plan("Flat", 3, 0));
  EXPECT_FALSE(plan("Flat", 0, 4));
  EXPECT_FALSE(plan("Flat", 4000, 4));
  EXPECT_FALSE(plan("SQfp16", 3, 4));
}

}  // namespace
}  // namespace densenode::test
