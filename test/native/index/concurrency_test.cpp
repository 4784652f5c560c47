#include <atomic>
#include <future>
#include <thread>

#include "common/executor.h"
#include "index/search_job.h"
#include "index_fixture.h"

namespace densenode::test {
namespace {

constexpr std::size_t kDimension = 16;

// Searches, reconstructions and saves while another thread adds and removes: every answer belongs to some
// moment.
TEST(Concurrency, SearchesWhileTheIndexChanges) {
  const TemporaryFolder folder;
  const auto vectors = Clustered(4000, kDimension, 1), queries = Clustered(8, kDimension, 2);
  for (const char* factory : {"Flat", "IVF16,Flat", "HNSW8", "IVF16,PQ4x4fs"}) {
    const auto index = VectorIndex::Create({kDimension, Metric::kL2, factory});
    index->Train(vectors);
    index->Add(std::span(vectors).first(1000 * kDimension), {});
    std::atomic<bool> stop{false};
    std::atomic<std::size_t> searches{0};
    std::vector<std::thread> readers;
    for (int t = 0; t < 3; ++t) {
      readers.emplace_back([&, t] {
        for (std::size_t round = 0; !stop; ++round) {
          const auto found = Search(*index, queries, 10);
          for (std::int64_t id : found.ids) EXPECT_LT(id, 5000);
          std::vector<float> row(kDimension);
          index->Reconstruct(5, row.data());
          EXPECT_GE(index->count(), 990u);
          if (t == 0 && round % 8 == 0) index->Save(folder / "index");
          ++searches;
        }
      });
    }
    for (std::size_t i = 1000; i < 4000; i += 100) {
      index->Add(std::span(vectors).subspan(i * kDimension, 100 * kDimension), {});
      if (i % 500 == 0) {
        EXPECT_EQ(index->Remove(std::vector<std::int64_t>{static_cast<std::int64_t>(i / 100)}), 1u);
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    while (searches < 20) std::this_thread::yield();
    stop = true;
    for (auto& reader : readers) reader.join();
    EXPECT_GE(index->count(), 3900u);
    EXPECT_GE(VectorIndex::Open(folder / "index", false)->count(), 990u);
  }
}

TEST(SearchJob, SlicesEqualOneCallAndStopWhenAsked) {
  const auto vectors = Clustered(5000, kDimension, 1);
  const auto index = Built("Flat", kDimension, Metric::kInnerProduct, vectors);
  for (std::size_t n : {0, 1, 2, 7, 300, 2000}) {
    const auto queries = Clustered(n, kDimension, 2);
    const auto expected = Search(*index, queries, 10);
    Result found{std::vector<std::int64_t>(n * 10), std::vector<float>(n * 10)};
    EXPECT_EQ(RunSearch(index, queries, 10, &found), nullptr);
    ExpectSame(found, expected);

    const auto cancellation = std::make_shared<Cancellation>();
    cancellation->Request();
    const auto error = RunSearch(index, queries, 10, &found, cancellation);
    if (n > 0) EXPECT_ERROR(std::rethrow_exception(error), ErrorCode::kAborted, "aborted");
  }
}

}  // namespace
}  // namespace densenode::test
