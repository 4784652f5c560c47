// FAISS's format as faiss_format follows it: whole files are taken, and what stands in the place of numbers
// cannot do harm.
#include <faiss/IndexIDMap.h>
#include <faiss/impl/io.h>
#include <faiss/index_io.h>
#include <omp.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cstring>
#include <fstream>

#include "index/factory_string.h"
#include "index/faiss_call.h"
#include "index/faiss_format/contents.h"
#include "index/faiss_io.h"
#include "index/make_index.h"
#include "index_fixture.h"

namespace densenode::test {
namespace {

constexpr std::size_t kDimension = 8, kVectors = 120, kTrained = 300;
constexpr std::size_t kSpareBytes = std::size_t{128}
                                    << 20;  // that reading one file of some kilobytes may take

constexpr const char* kFamilies[] = {"Flat",
                                     "SQ8",
                                     "SQ4",
                                     "SQ6",
                                     "SQfp16",
                                     "SQbf16",
                                     "PQ4x4",
                                     "PQ4x4fs",
                                     "RaBitQ",
                                     "HNSW4,Flat",
                                     "HNSW4,SQ8",
                                     "HNSW4,PQ4x4",
                                     "IVF4,Flat",
                                     "IVF4_HNSW4,SQ8",
                                     "IVF4,PQ4x4",
                                     "IVF4,PQ4x4fs",
                                     "IVF4,RaBitQ",
                                     "IMI2x2,PQ2x4",
                                     "PCA4,HNSW4,Flat",
                                     "PCA4,SQ8",
                                     "PCAWR4,Flat",
                                     "OPQ2_4,PQ2x4",
                                     "RR8,Pad12,Flat",
                                     "L2norm,Flat",
                                     "IVF4,PQ4x4fsr",
                                     "SQ8,Refine(Flat)",
                                     "IVF4,PQ4x4fs,Refine(SQ8)"};

std::string Serialized(const faiss::Index& index) {
  faiss::VectorIOWriter writer;
  faiss::write_index(&index, &writer);
  return {writer.data.begin(), writer.data.end()};
}

std::unique_ptr<faiss::Index> MadeIndex(const char* factory, Metric metric = Metric::kL2) {
  const auto vectors = Clustered(kTrained, kDimension, 1);
  auto index = MakeFaissIndex({kDimension, metric, factory});
  TrainFaissIndex(*index, kTrained, vectors.data(), {});
  index->add(kVectors, vectors.data());
  return index;
}

std::span<const std::byte> Bytes(const std::string& text) { return std::as_bytes(std::span(text)); }

// Reads and searches what `text` says; throws Error where it is refused.
void ReadAndSearch(const std::string& text, bool in_place) {
  omp_set_num_threads(1);  // as in densenode's own threads
  const auto contents = faiss_format::Parse(Bytes(text), "file");
  CheckFactoryString(contents.factory, contents.dimension,
                     contents.metric == faiss::METRIC_L2   ? Metric::kL2
                     : contents.metric == faiss::METRIC_L1 ? Metric::kL1
                                                           : Metric::kInnerProduct);
  const auto index = ReadFaissIndex(Bytes(text), contents, in_place, "file");
  if (!index->is_trained || index->ntotal == 0) return;
  const auto queries = Clustered(2, contents.dimension, 2);
  std::vector<float> scores(10);
  std::vector<faiss::idx_t> labels(10);
  CallFaiss(ErrorCode::kEngineFailed, "searching",
            [&] { index->search(2, queries.data(), 5, scores.data(), labels.data()); });
}

// Limits what the process may take beyond what it has.
class MemoryLimit {
 public:
  explicit MemoryLimit(std::size_t spare) {
    getrlimit(RLIMIT_AS, &before_);
    std::size_t pages = 0;
    std::ifstream("/proc/self/statm") >> pages;
    rlimit limited = before_;
    limited.rlim_cur = pages * static_cast<std::size_t>(getpagesize()) + spare;
    setrlimit(RLIMIT_AS, &limited);
  }
  ~MemoryLimit() { setrlimit(RLIMIT_AS, &before_); }
  MemoryLimit(const MemoryLimit&) = delete;
  MemoryLimit& operator=(const MemoryLimit&) = delete;

 private:
  rlimit before_{};
};

class FaissFormat : public testing::TestWithParam<const char*> {
 protected:
  // Whatever it is, it is refused with one of these, or harmless.
  void ExpectHarmless(const std::string& text, const std::string& what) {
    for (bool in_place : {false, true}) {
      try {
        ReadAndSearch(text, in_place);
      } catch (const Error& error) {
        const bool refused = error.code() == ErrorCode::kFileCorrupt ||
                             error.code() == ErrorCode::kIndexUnsupported ||
                             error.code() == ErrorCode::kIndexInvalid;
        EXPECT_TRUE(refused) << what << ": " << ErrorCodeName(error.code()) << ": " << error.what();
      }
    }
  }
};

TEST_P(FaissFormat, SaysWhatTheIndexIs) {
  for (const Metric metric : {Metric::kL2, Metric::kInnerProduct}) {
    std::unique_ptr<faiss::Index> index;
    try {
      index = MadeIndex(GetParam(), metric);
    } catch (const Error& error) {
      ASSERT_EQ(error.code(), ErrorCode::kIndexUnsupported) << error.what();
      continue;
    }
    const std::string text = Serialized(*index);
    const auto contents = faiss_format::Parse(Bytes(text), "file");
    EXPECT_EQ(contents.dimension, kDimension);
    EXPECT_EQ(contents.count, kVectors);
    EXPECT_TRUE(contents.trained);
    EXPECT_EQ(contents.metric, FaissMetric(metric));
    EXPECT_EQ(contents.factory, GetParam());
    EXPECT_EQ(CanonicalFactory(contents.factory, kDimension, metric),
              CanonicalFactory(GetParam(), kDimension, metric));
    EXPECT_FALSE(contents.id_map);
    ReadAndSearch(text, true);

    const std::string untrained = Serialized(*MakeFaissIndex({kDimension, metric, GetParam()}));
    EXPECT_EQ(faiss_format::Parse(Bytes(untrained), "file").factory, GetParam());
    ReadAndSearch(untrained, false);
  }
}

TEST_P(FaissFormat, IsRefusedWhereverItIsCut) {
  const std::string text = Serialized(*MadeIndex(GetParam()));
  for (std::size_t cut = 0; cut < text.size(); ++cut) {
    EXPECT_ERROR(faiss_format::Parse(Bytes(text.substr(0, cut)), "file"), ErrorCode::kFileCorrupt, "file");
  }
  EXPECT_ERROR(faiss_format::Parse(Bytes(text + "x"), "file"), ErrorCode::kFileCorrupt, "behind its end");
}

TEST_P(FaissFormat, FlippedBitsDoNoHarm) {
  const std::string text = Serialized(*MadeIndex(GetParam()));
  std::mt19937 random(1);
  const MemoryLimit limit(kSpareBytes);
  for (int i = 0; i < 3000; ++i) {
    std::string flipped = text;
    const std::size_t bit = (i < 1500 ? random() % 300 * 8 + random() % 8 : random()) % (text.size() * 8);
    flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ 1 << (bit % 8));
    ExpectHarmless(flipped, "bit " + std::to_string(bit));
  }
}

TEST_P(FaissFormat, NumbersBlownUpDoNoHarm) {
  const std::string text = Serialized(*MadeIndex(GetParam()));
  const MemoryLimit limit(kSpareBytes);
  // All of the small parts, samples of the large ones.
  for (std::size_t at = 0; at + 8 <= text.size(); at += at < 400 || at + 400 > text.size() ? 1 : 61) {
    for (const std::uint64_t value : {std::uint64_t{0}, std::uint64_t{1}, std::uint64_t{1} << 20,
                                      std::uint64_t{1} << 33, std::uint64_t{1} << 62, ~std::uint64_t{0}}) {
      for (const std::size_t bytes : {4, 8}) {
        std::string forged = text;
        std::memcpy(forged.data() + at, &value, bytes);
        ExpectHarmless(forged, "at " + std::to_string(at));
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(All, FaissFormat, testing::ValuesIn(kFamilies), [](const auto& info) {
  std::string name = info.param;
  std::replace_if(
      name.begin(), name.end(), [](char c) { return !std::isalnum(c); }, '_');
  return name;
});

TEST(FaissFormats, PositionsThatAreNotThereAreRefused) {
  // A refinement looks up what the lists hold as positions.
  auto refined = MadeIndex("IVF4,SQ8,Refine(Flat)");
  std::string text = Serialized(*refined);
  const auto last = static_cast<std::int64_t>(kVectors - 1), beyond = static_cast<std::int64_t>(kVectors);
  std::string pattern(8, '\0');
  std::memcpy(pattern.data(), &last, 8);
  const std::size_t at = text.rfind(pattern, text.size() - kVectors * kDimension * sizeof(float));
  ASSERT_NE(at, std::string::npos);
  std::memcpy(text.data() + at, &beyond, 8);
  EXPECT_ERROR(faiss_format::Parse(Bytes(text), "file"), ErrorCode::kFileCorrupt, "does not have");
}

TEST(FaissFormats, IdsAroundIndexesAreRead) {
  auto flat = MadeIndex("Flat");
  faiss::IndexIDMap2 map;
  map.index = flat.get();
  map.d = flat->d;
  map.ntotal = flat->ntotal;
  for (std::size_t i = 0; i < kVectors; ++i) map.id_map.push_back(static_cast<faiss::idx_t>(7 * i));
  const std::string text = Serialized(map);
  const auto contents = faiss_format::Parse(Bytes(text), "file");
  ASSERT_TRUE(contents.id_map);
  EXPECT_EQ(contents.id_map->size(), kVectors);
  EXPECT_EQ((*contents.id_map)[3], 21);
  EXPECT_EQ(ReadFaissIndex(Bytes(text), contents, false, "file")->ntotal, flat->ntotal);
}

TEST(FaissFormats, VectorsThatKeepAGraphSearchingAreRefused) {
  std::string text = Serialized(*MadeIndex("HNSW4,Flat"));
  const float wrong = std::numeric_limits<float>::quiet_NaN();
  std::memcpy(text.data() + text.size() - 4, &wrong, 4);
  EXPECT_ERROR(ReadAndSearch(text, false), ErrorCode::kFileCorrupt, "not finite");
}

TEST(CanonicalFactory, IsOneForAllWaysOfWriting) {
  const auto canonical = [](const char* factory) { return CanonicalFactory(factory, 16, Metric::kL2); };
  EXPECT_EQ(canonical("HNSW"), canonical("HNSW32,Flat"));
  EXPECT_EQ(canonical("HNSW8_SQ8"), canonical("HNSW8,SQ8"));
  EXPECT_EQ(canonical("IVF1k,Flat"), canonical("IVF1024,Flat"));
  EXPECT_EQ(canonical("IVF8(HNSW8),PQ4np"), canonical("IVF8_HNSW8,PQ4x8"));
  EXPECT_EQ(canonical("IVF8_HNSW,PQ4x4fs_32"), canonical("IVF8_HNSW32,PQ4x4fs"));
  EXPECT_EQ(canonical("OPQ4,PQ4"), canonical("OPQ8_16,PQ4"));
  EXPECT_EQ(canonical("RR,L2Norm,SQ8,RFlat"), canonical("RR16,L2norm,SQ8,Refine(Flat)"));
  EXPECT_NE(canonical("PCA8,Flat"), canonical("PCAR8,Flat"));
  EXPECT_NE(canonical("IVF8,PQ4x4fs"), canonical("IVF8,PQ4x4fsr"));
  EXPECT_NE(canonical("SQ8"), canonical("SQ8,RFlat"));
}

}  // namespace
}  // namespace densenode::test
