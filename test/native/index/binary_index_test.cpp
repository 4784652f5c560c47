#include "index/binary_index.h"

#include <limits>
#include <thread>

#include "common/container.h"
#include "index/quantize.h"
#include "index_fixture.h"

namespace densenode::test {
namespace {

constexpr std::size_t kDimension = 70;  // two words, the second one not full, and no whole bytes

TEST(BinaryIndex, CodesWithOtherBitsBehindTheDimensionAreNearAll) {
  const auto index = BinaryIndex::Create(kDimension);
  std::vector<std::uint8_t> code(index->code_size(), 0);
  index->Add({.floats = {}, .codes = code}, {});
  code.back() = 0x03;  // the two bits that are no dimension
  std::int64_t id;
  float distance;
  index->Search({.floats = {}, .codes = code}, 0, 1, {.k = 1}, &id, &distance);
  EXPECT_EQ(id, 0);
  EXPECT_EQ(distance, 0);
}

TEST(BinaryIndex, AddsAllOrNone) {
  const auto index = BinaryIndex::Create(kDimension);
  std::vector<float> rows(3 * kDimension, 1);
  rows[2 * kDimension] = std::numeric_limits<float>::quiet_NaN();
  EXPECT_ERROR(index->Add({.floats = rows, .codes = {}}, {}), ErrorCode::kInvalidArgument, "embedding 2");
  rows.pop_back();
  EXPECT_ERROR(index->Add({.floats = rows, .codes = {}}, {}), ErrorCode::kInvalidArgument, "multiple of 70");
  EXPECT_EQ(index->count(), 0u);
}

TEST(BinaryIndex, SearchesGoOnWhileOthersChange) {
  const auto index = BinaryIndex::Create(kDimension);
  const auto rows = Clustered(512, kDimension, 1);
  index->Add({.floats = rows, .codes = {}}, {});
  std::thread changes([&] {
    for (int round = 0; round < 50; ++round) {
      index->Add({.floats = rows, .codes = {}}, {});
      std::vector<std::int64_t> added(512);
      for (std::int64_t i = 0; i < 512; ++i) added[i] = index->next_id() - 1 - i;
      EXPECT_EQ(index->Remove(added), 512u);
    }
  });
  std::vector<std::int64_t> ids(4);
  std::vector<float> scores(4);
  for (int round = 0; round < 200; ++round) {
    index->Search({.floats = std::span(rows).first(kDimension), .codes = {}}, 0, 1,
                  {.k = 4, .candidates = 16}, ids.data(), scores.data());
    EXPECT_GE(ids[0], 0);
  }
  changes.join();
  EXPECT_EQ(index->count(), 512u);
}

TEST(BinaryIndex, FilesThatContradictThemselvesAreRefused) {
  const TemporaryFolder folder;
  const auto write = [&](const std::string& meta, std::size_t code_bytes, std::vector<std::int64_t> ids) {
    ContainerWriter file(folder / "index.dn");
    file.Begin("meta");
    file.Write(meta.data(), meta.size());
    file.Begin("codes");
    const std::vector<char> codes(code_bytes);
    file.Write(codes.data(), codes.size());
    file.Begin("ids");
    file.Write(ids.data(), ids.size() * sizeof(std::int64_t));
    file.Commit();
  };
  const auto meta = [](const char* dimension, const char* count, const char* sequential, const char* next) {
    return std::string(R"({"kind":"binary-index","dimension":)") + dimension + R"(,"count":)" + count +
           R"(,"sequential":)" + sequential + R"(,"nextId":)" + next + "}";
  };
  write(meta("70", "2", "false", "9"), 32, {8, 1});
  EXPECT_EQ(BinaryIndex::Open(folder / "index.dn")->count(), 2u);
  const auto refused = [&](const char* reason) {
    EXPECT_ERROR(BinaryIndex::Open(folder / "index.dn"), ErrorCode::kFileCorrupt, reason);
  };
  write(meta("70", "2", "false", "8"), 32, {8, 1});
  refused("ids that do not fit");
  write(meta("70", "2", "true", "3"), 32, {});
  refused("ids that do not fit");
  write(meta("70", "3", "false", "9"), 32, {8, 1, 2});
  refused("codes that are not");
  write(meta("70", "1152921504606846977", "true", "1152921504606846977"), 16, {});
  refused("codes that are not");
  write(meta("0", "0", "true", "0"), 0, {});
  refused("dimension");
  write(meta("-1", "0", "true", "0"), 0, {});
  refused("dimension");
  write(meta("70", "\"2\"", "true", "2"), 32, {});
  refused("not complete");
  write("[]", 0, {});
  refused("does not hold a binary index");
}

TEST(Quantize, ScalarsMeetTheEndsOfTheirRange) {
  const std::vector<float> ranges{-1, 0, 1, 0};
  const auto steps = CodeSteps(ranges);
  const std::vector<float> rows{-5, 0, 1, 3, 0.999F, -1, std::numeric_limits<float>::infinity(), 0.5F};
  std::vector<std::uint8_t> codes(rows.size());
  QuantizeScalar(rows.data(), 4, ranges, steps, 0, 0, codes.data());
  // As numpy: (1 - -1) / (2 / 255) is a little less than 255 in fp32.
  EXPECT_EQ(codes, (std::vector<std::uint8_t>{0, 0, 254, 3, 254, 0, 255, 0}));
  EXPECT_ERROR(CodeSteps(std::vector<float>{1, 0}), ErrorCode::kInvalidArgument, "dimension 0");
  EXPECT_ERROR(CodeSteps(std::vector<float>{-3e38F, 3e38F}), ErrorCode::kInvalidArgument, "finite");
}

}  // namespace
}  // namespace densenode::test
