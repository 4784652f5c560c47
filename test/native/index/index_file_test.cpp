#define XXH_INLINE_ALL
#include <faiss/index_io.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>
#include <xxhash.h>

#include <cstring>
#include <fstream>
#include <sstream>

#include "index_fixture.h"

namespace densenode::test {
namespace {

constexpr std::size_t kDimension = 16;

class IndexFile : public testing::TestWithParam<const char*> {
 protected:
  TemporaryFolder folder_;
};

TEST_P(IndexFile, ComesBackAsItWas) {
  const auto vectors = Clustered(3000, kDimension, 3), queries = Clustered(50, kDimension, 4);
  for (bool explicit_ids : {false, true}) {
    std::vector<std::int64_t> ids;
    for (std::int64_t i = 0; explicit_ids && i < 3000; ++i) ids.push_back((i * 7919) % 3000 + (1LL << 50));
    const auto index = Built(GetParam(), kDimension, Metric::kL2, vectors, ids);
    const auto path = folder_ / "index.dn";
    index->Save(path);
    EXPECT_EQ(folder_.files(), 1u) << "no temporary file remains";
    const auto expected = Search(*index, queries, 10);
    for (bool mmap : {false, true}) {
      const auto opened = VectorIndex::Open(path, mmap);
      EXPECT_EQ(opened->count(), 3000u);
      EXPECT_EQ(opened->dimension(), kDimension);
      EXPECT_EQ(opened->metric(), Metric::kL2);
      EXPECT_EQ(opened->factory(), GetParam());
      EXPECT_TRUE(opened->is_trained());
      const auto found = Search(*opened, queries, 10);
      EXPECT_EQ(found.ids, expected.ids);
      EXPECT_EQ(found.scores, expected.scores);
      std::vector<float> a(kDimension), b(kDimension);
      const std::int64_t id = explicit_ids ? ids[42] : 42;
      index->Reconstruct(id, a.data());
      opened->Reconstruct(id, b.data());
      EXPECT_EQ(a, b);
      if (mmap) {
        EXPECT_ERROR(opened->Add(queries, {}), ErrorCode::kIndexUnsupported, "read-only");
        EXPECT_ERROR(opened->Train(vectors), ErrorCode::kIndexUnsupported, "read-only");
        EXPECT_ERROR(opened->Remove(std::vector<std::int64_t>{1}), ErrorCode::kIndexUnsupported, "read-only");
        opened->Save(folder_ / "again.dn");
        EXPECT_EQ(ReadFile(path), ReadFile(folder_ / "again.dn"));
        std::filesystem::remove(folder_ / "again.dn");
      } else {
        EXPECT_ERROR(opened->Add(std::span(vectors).first(kDimension), std::vector{id}),
                     ErrorCode::kInvalidArgument, std::to_string(id));
        opened->Add(queries, {});
        EXPECT_EQ(opened->count(), 3050u);
        opened->Save(path);  // over the file that others still map
        opened->Reconstruct(explicit_ids ? (1LL << 50) + 3000 : 3000, b.data());
        index->Save(path);
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(All, IndexFile,
                         testing::Values("Flat", "IVF32,Flat", "IVF16_HNSW8,SQ8", "IVF32,PQ8", "HNSW8",
                                         "HNSW8,PQ8", "SQ8", "SQ6", "SQbf16", "PQ8", "PQ8x4fs",
                                         "IVF32,PQ8x4fs", "IVF32,PQ8x4fsr", "PQ8x4fs,RFlat",
                                         "IVF32,PQ8x4fs,RFlat", "PCA8,IVF32,Flat", "PCAR8,HNSW8",
                                         "OPQ4_8,IVF16,PQ4,Refine(SQ8)", "RR,RaBitQ", "IVF16,RaBitQ",
                                         "Pad20,SQ4", "L2norm,Flat,Refine(Flat)", "IMI2x4,PQ4"),
                         [](const auto& info) {
                           std::string name = info.param;
                           std::replace_if(
                               name.begin(), name.end(), [](char c) { return !std::isalnum(c); }, '_');
                           return name;
                         });

TEST(IndexFiles, KeepUntrainedIndexesAndIdsAfterRemoval) {
  const TemporaryFolder folder;
  const auto vectors = Clustered(200, kDimension, 1);
  VectorIndex::Create({kDimension, Metric::kCosine, "IVF8,Flat"})->Save(folder / "untrained");
  const auto untrained = VectorIndex::Open(folder / "untrained", false);
  EXPECT_FALSE(untrained->is_trained());
  untrained->Train(vectors);
  untrained->Add(vectors, {});
  for (const char* factory : {"Flat", "IVF8,Flat", "PQ4x4fs"}) {
    const auto index = Built(factory, kDimension, Metric::kCosine, vectors);
    index->Remove(std::vector<std::int64_t>{0, 199, 7});
    index->Save(folder / "removed");
    const auto opened = VectorIndex::Open(folder / "removed", false);
    std::vector<float> row(kDimension);
    EXPECT_EQ(opened->count(), 197u);
    EXPECT_ERROR(opened->Reconstruct(7, row.data()), ErrorCode::kInvalidArgument, "id 7");
    opened->Add(std::span(vectors).first(kDimension), {});
    opened->Reconstruct(200, row.data());
    EXPECT_ERROR(opened->Reconstruct(199, row.data()), ErrorCode::kInvalidArgument, "id 199");
  }
}

TEST(IndexFiles, CutAnywhereAreRefused) {
  const TemporaryFolder folder;
  const auto vectors = Clustered(1000, kDimension, 1);
  for (const char* factory : {"Flat", "IVF8,PQ4x4fs", "HNSW8"}) {
    Built(factory, kDimension, Metric::kL2, vectors, std::vector<std::int64_t>{})->Save(folder / "whole");
    const std::string whole = ReadFile(folder / "whole");
    std::vector<std::size_t> cuts;
    for (std::size_t i = 0; i < std::min<std::size_t>(700, whole.size()); ++i)
      cuts.push_back(i);  // header and meta
    for (std::size_t i = 1000; i < whole.size(); i += 1000) cuts.push_back(i);
    cuts.push_back(whole.size() - 1);
    for (std::size_t cut : cuts) {
      WriteFile(folder / "cut", whole.substr(0, cut));
      for (bool mmap : {false, true}) {
        EXPECT_ERROR(VectorIndex::Open(folder / "cut", mmap), ErrorCode::kFileCorrupt, "cut");
      }
    }
    WriteFile(folder / "cut", whole + "x");
    EXPECT_ERROR(VectorIndex::Open(folder / "cut", false), ErrorCode::kFileCorrupt, "appended");
  }
}

TEST(IndexFiles, WithAnyFlippedBitAreRefused) {
  const TemporaryFolder folder;
  const auto vectors = Clustered(300, kDimension, 1);
  std::vector<std::int64_t> ids(300);
  for (std::size_t i = 0; i < 300; ++i) ids[i] = static_cast<std::int64_t>(1000 - i);
  Built("Flat", kDimension, Metric::kL2, vectors, ids)->Save(folder / "whole");
  std::string whole = ReadFile(folder / "whole");
  std::mt19937 random(1);
  const auto flip = [&](std::size_t bit) {
    whole[bit / 8] = static_cast<char>(whole[bit / 8] ^ (1 << (bit % 8)));
    WriteFile(folder / "flipped", whole);
    whole[bit / 8] = static_cast<char>(whole[bit / 8] ^ (1 << (bit % 8)));
    EXPECT_ERROR(VectorIndex::Open(folder / "flipped", bit % 2 == 0), ErrorCode::kFileCorrupt, "");
  };
  for (std::size_t bit = 0; bit < 600 * 8; ++bit) flip(bit);
  for (int i = 0; i < 2000; ++i) flip(random() % (whole.size() * 8));
}

TEST(IndexFiles, OtherFilesAreNamed) {
  const TemporaryFolder folder;
  std::unique_ptr<faiss::Index> bare(faiss::index_factory(8, "Flat"));
  faiss::write_index(bare.get(), (folder / "bare.faiss").c_str());
  EXPECT_ERROR(VectorIndex::Open(folder / "bare.faiss", false), ErrorCode::kFileCorrupt, "importFaiss");
  WriteFile(folder / "text", "hello, this is not an index");
  EXPECT_ERROR(VectorIndex::Open(folder / "text", false), ErrorCode::kFileCorrupt, "not a densenode file");
  WriteFile(folder / "empty", "");
  EXPECT_ERROR(VectorIndex::Open(folder / "empty", false), ErrorCode::kFileCorrupt, "empty");
  EXPECT_ERROR(VectorIndex::Open(folder / "missing", false), ErrorCode::kFileNotFound, "missing");
  EXPECT_ERROR(VectorIndex::Open(folder / "", false), ErrorCode::kFileUnreadable, "not a regular file");
  ASSERT_EQ(mkfifo((folder / "pipe").c_str(), 0600), 0);
  EXPECT_ERROR(VectorIndex::Open(folder / "pipe", false), ErrorCode::kFileUnreadable, "not a regular file");
}

// A writer who means harm computes the checksums: sizes inside the FAISS section are the next wall.
class Forger {
 public:
  explicit Forger(std::string file) : file_(std::move(file)) {}
  std::size_t Offset(int section) const { return Read(32 + 32 * section + 8); }
  std::size_t Size(int section) const { return Read(32 + 32 * section + 16); }
  std::string Forged(std::size_t at, std::uint64_t value, std::size_t bytes) const {
    Forger copy(file_);
    std::memcpy(copy.file_.data() + at, &value, bytes);
    for (int i = 0; i < 3; ++i) {
      copy.Store(32 + 32 * i + 24, XXH3_64bits(copy.file_.data() + Offset(i), Size(i)));
    }
    copy.Store(24, 0);
    copy.Store(24, XXH3_64bits(copy.file_.data(), 256));
    return copy.file_;
  }

 private:
  std::uint64_t Read(std::size_t at) const {
    std::uint64_t value;
    std::memcpy(&value, file_.data() + at, 8);
    return value;
  }
  void Store(std::size_t at, std::uint64_t value) { std::memcpy(file_.data() + at, &value, 8); }
  std::string file_;
};

// Numbers of description and ids that are not those of the vectors; faiss_format_test.cpp forges those of
// FAISS.
TEST(IndexFiles, ForgedDescriptionsAreRefused) {
  const TemporaryFolder folder;
  const auto vectors = Clustered(300, kDimension, 1);
  std::vector<std::int64_t> ids(300);
  for (std::size_t i = 0; i < 300; ++i) ids[i] = static_cast<std::int64_t>(1000 - i);
  Built("IVF8,SQ8", kDimension, Metric::kL2, vectors)->Save(folder / "lists");
  Built("PCA8,SQ8", kDimension, Metric::kL2, vectors, ids)->Save(folder / "table");
  const auto forge = [&](const char* name, const std::string& from, const std::string& to) {
    const std::string whole = ReadFile(folder / name);
    const std::size_t at = whole.find(from);
    ASSERT_NE(at, std::string::npos) << from;
    ASSERT_EQ(from.size(), to.size());
    const Forger forger(whole);
    std::string forged = whole;
    forged.replace(at, to.size(), to);
    WriteFile(folder / "forged", Forger(forged).Forged(at, static_cast<std::uint8_t>(to[0]), 1));
    for (bool mmap : {false, true}) {
      EXPECT_ERROR(VectorIndex::Open(folder / "forged", mmap), ErrorCode::kFileCorrupt, "forged");
    }
  };
  forge("lists", "IVF8,SQ8", "IVF9,SQ8");
  forge("lists", "IVF8,SQ8", "IVF8,SQ4");
  forge("lists", "\"count\":300", "\"count\":301");
  forge("lists", "\"nextId\":300", "\"nextId\":299");
  forge("lists", "\"stored\"", "\"table\" ");
  forge("lists", "\"metric\":\"l2\"", "\"metric\":\"ip\"");
  forge("lists", "\"dimension\":16", "\"dimension\":17");
  forge("lists", "\"trained\":true", "\"trained\":null");
  forge("table", "PCA8,SQ8", "PCA9,SQ8");
  forge("table", "PCA8,SQ8", "RR8, SQ8");
  forge("table", "\"nextId\":1001", "\"nextId\":1000");
  forge("table", "\"table\"", "\"none_\"");
}

TEST(IndexFiles, FailedSavesLeaveTheOldFile) {
  const TemporaryFolder folder;
  const auto vectors = Clustered(100000, kDimension, 1);
  const auto small = Built("Flat", kDimension, Metric::kL2, Clustered(10, kDimension, 1));
  const auto large = Built("Flat", kDimension, Metric::kL2, vectors);
  small->Save(folder / "index");
  const std::string old = ReadFile(folder / "index");
  rlimit before{};
  getrlimit(RLIMIT_FSIZE, &before);
  rlimit limited = before;
  limited.rlim_cur = 1 << 20;
  signal(SIGXFSZ, SIG_IGN);  // writes then fail with EFBIG, as on a full disk
  setrlimit(RLIMIT_FSIZE, &limited);
  EXPECT_ERROR(large->Save(folder / "index"), ErrorCode::kFileWriteFailed, "write");
  setrlimit(RLIMIT_FSIZE, &before);
  EXPECT_EQ(ReadFile(folder / "index"), old);
  EXPECT_EQ(folder.files(), 1u);
  EXPECT_ERROR(small->Save(folder / "no/such/folder"), ErrorCode::kFileWriteFailed, "No such file");
  EXPECT_ERROR(small->Save(folder / ""), ErrorCode::kFileWriteFailed, "directory");
  EXPECT_ERROR(small->Save("/proc/index"), ErrorCode::kFileWriteFailed,
               "create");  // a folder that takes no files
  EXPECT_ERROR(small->ExportFaiss("/proc/index"), ErrorCode::kFileWriteFailed, "create");
  std::filesystem::create_symlink(folder / "index", folder / "link");
  large->Save(folder / "link");
  EXPECT_TRUE(std::filesystem::is_symlink(folder / "link"));
  EXPECT_EQ(VectorIndex::Open(folder / "index", true)->count(), 100000u);
}

std::size_t PeakBytes() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<std::size_t>(usage.ru_maxrss) * 1024;
}

TEST(IndexFiles, SavingNeedsNoSecondCopyAndMappingNoFirst) {
  const TemporaryFolder folder;
  constexpr std::size_t kRows = 400000;  // 102 MB
  const std::size_t bytes = kRows * 64 * sizeof(float);
  {
    const auto index = VectorIndex::Create({64, Metric::kL2, "Flat"});
    index->Add(std::vector<float>(kRows * 64, 0.5f), {});
    // Clear the peak, so that it is what saving reaches.
    std::ofstream("/proc/self/clear_refs") << 5;
    const std::size_t before = PeakBytes();
    index->Save(folder / "index");
    EXPECT_LT(PeakBytes(), before + bytes / 4);
  }
  const auto mapped = VectorIndex::Open(folder / "index", true);
  EXPECT_LT(mapped->memory_bytes(), 10000u);
  EXPECT_GE(VectorIndex::Open(folder / "index", false)->memory_bytes(), bytes);
}

}  // namespace
}  // namespace densenode::test
