// Codes beside the vectors of a Flat index: what they take, when they come and go, and that searches which
// read them give the results of FAISS.
#include "index/scan_codes.h"

#include <faiss/IndexFlat.h>

#include <atomic>
#include <thread>

#include "common/one_thread.h"
#include "index/faiss_change.h"
#include "index/flat_scan.h"
#include "index/flat_search.h"
#include "index_fixture.h"
#ifdef __AVX512F__
#include "encoder/cpu/kernel_scope.h"
#include "index/cpu/byte_codes.h"
#endif

namespace densenode::test {
namespace {

constexpr std::size_t kDimension = 96, kCount = 5000;

bool HasCodes() { return UsesScanCodes(faiss::METRIC_L2, kDimension); }

Result RunOn(const std::shared_ptr<VectorIndex>& index, const std::vector<float>& queries, std::size_t k) {
  const std::size_t n = queries.size() / index->dimension();
  Result found{std::vector<std::int64_t>(n * k), std::vector<float>(n * k)};
  EXPECT_EQ(RunSearch(index, queries, k, &found), nullptr);
  return found;
}

Result RunOnThisThread(const std::shared_ptr<VectorIndex>& index, std::span<const float> queries,
                       std::size_t k) {
  const std::size_t n = queries.size() / index->dimension();
  Result found{std::vector<std::int64_t>(n * k), std::vector<float>(n * k)};
  SearchRequest request;
  request.queries = queries;
  request.k = k;
  request.ids = found.ids.data();
  request.scores = found.scores.data();
  const OneThread one_thread;
  SearchOnThisThread(index, request);
  return found;
}

TEST(ScanCodes, AreMadeByTheSecondLoneQueryOrTheFirstBatch) {
  if (!HasCodes()) GTEST_SKIP() << "this CPU or build has no kernel for codes";
  const auto vectors = Clustered(kCount, kDimension, 1);
  const auto index = Built("Flat", kDimension, Metric::kL2, vectors);
  const std::size_t before = index->memory_bytes();
  const auto batch = Clustered(4, kDimension, 2);
  const std::vector<float> one(batch.begin(), batch.begin() + kDimension);
  RunOn(index, one, 10);
  EXPECT_EQ(index->memory_bytes(), before);
  RunOn(index, one, 10);
  const std::size_t codes = index->memory_bytes() - before;
  // A byte for each value, padded to 128, and some 22 bytes for each vector.
  EXPECT_GE(codes, kCount * kDimension);
  EXPECT_LE(codes, (kCount + 32) * (128 + 22));
  index->Remove(std::vector<std::int64_t>{7});
  const std::size_t without = index->memory_bytes();
  EXPECT_LE(without, before + 8 * kCount);  // the ids are no longer 0, 1, ...
  RunOn(index, batch, 10);
  EXPECT_GE(index->memory_bytes(), without + (kCount - 1) * kDimension);
}

TEST(ScanCodes, TakeWhatIsSaidBefore) {
  for (const std::size_t dimension : {60, 64, 96, 129}) {
    for (const Metric metric : {Metric::kInnerProduct, Metric::kL2, Metric::kCosine, Metric::kL1}) {
      for (const std::size_t count : {1000, 4500, 5000}) {
        const auto index = Built("Flat", dimension, metric, Clustered(count, dimension, 14));
        const std::size_t before = index->memory_bytes();
        RunOn(index, Clustered(4, dimension, 15), 10);
        EXPECT_EQ(index->memory_bytes() - before, FlatSearch::CodeBytes(metric, dimension, count))
            << MetricName(metric) << ' ' << count << " x " << dimension;
      }
    }
  }
  EXPECT_EQ(FlatSearch::CodeBytes(Metric::kL2, kDimension, kCount) > 0, HasCodes());
}

TEST(ScanCodes, AreNotMadeWhereTheyAreForbidden) {
  const auto vectors = Clustered(kCount, kDimension, 16), queries = Clustered(40, kDimension, 17);
  const TemporaryFolder folder;
  VectorIndex::CreateOptions options{kDimension, Metric::kL2, "Flat"};
  options.byte_codes = false;
  const auto created = VectorIndex::Create(options);
  created->Add(vectors, {});
  created->Save(folder / "index");
  created->ExportFaiss(folder / "exported");
  const auto expected = Search(*Oracle("Flat", kDimension, Metric::kL2, vectors), queries, 10);
  for (const auto& index : {created, VectorIndex::Open(folder / "index", false, false),
                            VectorIndex::ImportFaiss(folder / "exported", std::nullopt, false)}) {
    EXPECT_FALSE(index->byte_codes());
    const std::size_t before = index->memory_bytes();
    ExpectSame(RunOn(index, queries, 10), expected);
    ExpectSame(RunOnThisThread(index, queries, 10), expected);
    EXPECT_EQ(index->memory_bytes(), before);
  }
  EXPECT_TRUE(VectorIndex::Open(folder / "index", false)->byte_codes());  // the file does not say
  created->Upgrade("SQfp16", {}, false, nullptr);
  created->Upgrade("Flat", {}, false, nullptr);
  EXPECT_FALSE(created->byte_codes());
}

// The first lone query compares in fp32, the second makes the codes.
TEST(ScanCodes, ServeSearchesOnTheCallingThread) {
  const auto vectors = Clustered(kCount, kDimension, 18), queries = Clustered(600, kDimension, 19);
  const auto shuffled = ShuffledIds(kCount, 3, 100);
  for (const Metric metric : {Metric::kInnerProduct, Metric::kL2, Metric::kCosine, Metric::kL1}) {
    SCOPED_TRACE(MetricName(metric));
    const auto index = Built("Flat", kDimension, metric, vectors, shuffled);
    Result exact{std::vector<std::int64_t>(6000), std::vector<float>(6000)};
    index->SearchExact(queries, 10, exact.ids.data(), exact.scores.data());
    const std::size_t before = index->memory_bytes();
    for (std::size_t i = 0; i < 3; ++i) {
      const auto at = static_cast<std::ptrdiff_t>(10 * i);
      ExpectSame(RunOnThisThread(index, std::span(queries).subspan(i * kDimension, kDimension), 10),
                 {{exact.ids.begin() + at, exact.ids.begin() + at + 10},
                  {exact.scores.begin() + at, exact.scores.begin() + at + 10}});
    }
    EXPECT_EQ(index->memory_bytes() - before, FlatSearch::CodeBytes(metric, kDimension, kCount));
    ExpectSame(RunOnThisThread(index, queries, 10), exact);
    const std::vector<std::int64_t> removed{exact.ids[0]};
    index->Remove(removed);
    EXPECT_EQ(RunOnThisThread(index, std::span(queries).first(kDimension), 9).ids,
              std::vector<std::int64_t>(exact.ids.begin() + 1, exact.ids.begin() + 10));
  }
}

// Queries are searched for in groups.
TEST(ScanCodes, ErrorsCountTheQueriesOfTheCall) {
  const auto index = Built("Flat", kDimension, Metric::kL2, Clustered(kCount, kDimension, 20));
  auto queries = Clustered(600, kDimension, 21);
  queries[555 * kDimension + 5] = std::nanf("");
  EXPECT_ERROR(RunOnThisThread(index, queries, 10), ErrorCode::kInvalidArgument,
               "query 555 has NaN at position 5");
}

TEST(ScanCodes, FollowChanges) {
  for (const Metric metric : {Metric::kInnerProduct, Metric::kL2, Metric::kCosine}) {
    const auto vectors = Clustered(3 * kCount, kDimension, 3), queries = Clustered(9, kDimension, 4);
    const auto index = VectorIndex::Create({kDimension, metric, "Flat"});
    const auto expect_exact = [&](const char* when) {
      SCOPED_TRACE(std::string(MetricName(metric)) + " " + when);
      Result exact{std::vector<std::int64_t>(90), std::vector<float>(90)};
      index->SearchExact(queries, 10, exact.ids.data(), exact.scores.data());
      ExpectSame(RunOn(index, queries, 10), exact);
    };
    // Chunks of 1,024 vectors are full, half full, filled up.
    std::size_t added = 0;
    for (const std::size_t count : {4500, 1, 31, 588, 1024, 3000}) {
      index->Add(std::span(vectors).subspan(added * kDimension, count * kDimension), {});
      added += count;
      expect_exact("after add");
    }
    index->Remove(std::vector<std::int64_t>{0, 17, 4096});
    expect_exact("after remove");
    // The nearest of the first query is somewhere else now.
    const std::vector<std::int64_t> best{RunOn(index, queries, 1).ids[0]};
    index->Update(std::span(vectors).last(kDimension), best, Missing::kRefuse);
    expect_exact("after update");
    const auto other =
        Built("Flat", kDimension, metric, Clustered(100, kDimension, 5), ShuffledIds(100, 3, 1000000));
    index->Merge(*other);
    expect_exact("after merge");
  }
}

TEST(ScanCodes, AreNotMadeForVectorsInAMappedFile) {
  const TemporaryFolder folder;
  Built("Flat", kDimension, Metric::kL2, Clustered(kCount, kDimension, 6))->Save(folder / "index");
  const auto mapped = VectorIndex::Open(folder / "index", true);
  const std::size_t before = mapped->memory_bytes();
  const auto queries = Clustered(9, kDimension, 7);
  const Result found = RunOn(mapped, queries, 10);
  EXPECT_EQ(mapped->memory_bytes(), before);
  EXPECT_EQ(RunOn(VectorIndex::Open(folder / "index", false), queries, 10).ids, found.ids);
}

TEST(ScanCodes, AreSharedBySearchesWhileVectorsCome) {
  const auto vectors = Clustered(3 * kCount, kDimension, 8), queries = Clustered(5, kDimension, 9);
  const auto index = VectorIndex::Create({kDimension, Metric::kL2, "Flat"});
  index->Add(std::span(vectors).first(kCount * kDimension), {});
  std::atomic<bool> stop{false};
  std::atomic<std::size_t> searches{0};
  std::vector<std::thread> readers;
  for (int t = 0; t < 3; ++t) {
    readers.emplace_back([&, t] {
      while (!stop) {
        const Result found = t == 0 ? RunOnThisThread(index, queries, 10) : RunOn(index, queries, 10);
        // Vectors only come: no result is further than among the first ones.
        for (std::size_t i = 0; i < found.ids.size(); ++i) EXPECT_GE(found.ids[i], 0);
        ++searches;
      }
    });
  }
  for (std::size_t i = kCount; i < 3 * kCount; i += 500) {
    index->Add(std::span(vectors).subspan(i * kDimension, 500 * kDimension), {});
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  while (searches < 20) std::this_thread::yield();
  stop = true;
  for (auto& reader : readers) reader.join();
  ExpectSame(RunOn(index, queries, 10),
             Search(*Oracle("Flat", kDimension, Metric::kL2, vectors), queries, 10));
}

// Values that one large one leaves no room for: the codes rule nothing out, and fp32 takes over.
TEST(ScanCodes, GiveWayWhereTheyTellNothingApart) {
  auto vectors = Clustered(kCount, kDimension, 10), queries = Clustered(40, kDimension, 11);
  for (std::size_t i = 0; i < vectors.size(); i += kDimension) vectors[i] = 3000;
  for (const Metric metric : {Metric::kInnerProduct, Metric::kL2}) {
    const auto index = Built("Flat", kDimension, metric, vectors);
    const auto oracle = Oracle("Flat", kDimension, metric, vectors);
    ExpectSame(RunOn(index, queries, 10), Search(*oracle, queries, 10));
    for (std::size_t i = 0; i < 3; ++i) {
      const std::vector<float> one(queries.begin() + static_cast<std::ptrdiff_t>(i * kDimension),
                                   queries.begin() + static_cast<std::ptrdiff_t>((i + 1) * kDimension));
      ExpectSame(RunOn(index, one, 10), Search(*oracle, one, 10));
    }
  }
}

#ifdef __AVX512F__

TEST(ByteKernel, EqualsWholeNumbers) {
  std::mt19937 random(12);
  constexpr std::size_t kMostRows = 32;
  for (const std::size_t blocks : {1, 2, 7}) {
    const std::size_t width = blocks * cpu::kByteBlock;
    AlignedBuffer<std::int8_t> queries(kMostRows * width);
    AlignedBuffer<std::uint8_t> panel(cpu::kPanelVectors * width);
    for (std::size_t i = 0; i < kMostRows * width; ++i) {
      queries.data()[i] = static_cast<std::int8_t>(static_cast<int>(random() % 255) - 127);
      panel.data()[i] = static_cast<std::uint8_t>(random() % 256);
    }
    for (const cpu::ByteKernel* kernel : {cpu::AmxByteKernel(), cpu::VnniByteKernel()}) {
      if (!kernel) continue;
      for (std::size_t rows = 1; rows <= kMostRows; ++rows) {
        alignas(64) std::int32_t products[kMostRows * cpu::kPanelVectors];
        {
          const cpu::KernelScope scope(*kernel);
          kernel->multiply(queries.data(), panel.data(), blocks, rows, products);
        }
        for (std::size_t row = 0; row < rows; ++row) {
          for (std::size_t vector = 0; vector < cpu::kPanelVectors; ++vector) {
            std::int32_t sum = 0;
            for (std::size_t i = 0; i < width; ++i) {
              const std::size_t at = i / 64 * cpu::kBytePanelBlock + vector / 16 * 1024 + i % 64 / 4 * 64 +
                                     vector % 16 * 4 + i % 4;
              const std::size_t of_query =
                  (row / 16 * blocks + i / 64) * cpu::kQueryTile + row % 16 * 64 + i % 64;
              sum += queries.data()[of_query] * panel.data()[at];
            }
            ASSERT_EQ(products[row * cpu::kPanelVectors + vector], sum)
                << kernel->name << " rows " << rows << " row " << row << " vector " << vector;
          }
        }
      }
    }
  }
}

// What bounds rest on: codes times scale are nearer to the vector than its residual, and the lengths are not
// less than they are.
TEST(ByteCodes, LengthsHold) {
  constexpr std::size_t kWidth = 77, kVectors = 45;
  auto vectors = Clustered(kVectors, kWidth, 13);
  const float scales[] = {1e-11F, 1e-3F, 1, 1e6F, 1e13F};
  for (std::size_t i = 0; i < vectors.size(); ++i) vectors[i] *= scales[i / kWidth % 5];
  const cpu::CodeLayout layout(kWidth);
  AlignedBuffer<std::uint8_t> codes(layout.bytes(kVectors));
  cpu::CodeVectors(layout, faiss::METRIC_L2, vectors.data(), kVectors, codes.data());
  for (std::size_t vector = 0; vector < kVectors; ++vector) {
    const std::uint8_t* const panel = codes.data() + vector / 32 * layout.panel_bytes();
    const cpu::PanelBounds& bounds = layout.bounds(panel);
    const std::size_t column = vector % 32;
    double square = 0, lost = 0;
    for (std::size_t i = 0; i < kWidth; ++i) {
      const std::uint8_t code = panel[i / 64 * cpu::kBytePanelBlock + column / 16 * 1024 + i % 64 / 4 * 64 +
                                      column % 16 * 4 + i % 4];
      EXPECT_GE(code, 1);
      const double value = vectors[vector * kWidth + i];
      const double apart = value - static_cast<double>(bounds.scale[column]) * (code - 128);
      square += value * value;
      lost += apart * apart;
    }
    EXPECT_GE(bounds.norm[column], std::sqrt(square));
    EXPECT_LE(bounds.norm[column], 1.002 * std::sqrt(square));
    EXPECT_GE(bounds.residual[column], std::sqrt(lost));
    EXPECT_LE(bounds.residual[column], 1.002 * std::sqrt(lost));
    EXPECT_NEAR(bounds.offset[column], square / 2, 1e-5 * square);
  }
}

#endif

}  // namespace
}  // namespace densenode::test
