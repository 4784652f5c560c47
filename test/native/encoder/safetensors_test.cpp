#include "encoder/safetensors.h"

#include <bit>
#include <cstring>

#include "encoder_test_support.h"

namespace densenode {
namespace {

class SafetensorsTest : public testing::Test {
 protected:
  // A file of this header and `bytes` data bytes 0, 1, 2, ...
  Safetensors Open(const std::string& header, std::size_t bytes) {
    std::string text;
    for (int i = 0; i < 8; ++i) text.push_back(static_cast<char>(header.size() >> (8 * i) & 255));
    text += header;
    for (std::size_t i = 0; i < bytes; ++i) text.push_back(static_cast<char>(i));
    return OpenBytes(text);
  }
  Safetensors OpenBytes(const std::string& text) {
    fs::remove(file_);  // a file that is still mapped must keep its bytes
    std::ofstream(file_, std::ios::binary | std::ios::trunc) << text;
    return Safetensors::Open(file_);
  }
  TemporaryFolder folder_;
  fs::path file_ = folder_.path() / "model.safetensors";
};

std::string Entry(const std::string& dtype, const std::string& shape, const std::string& offsets) {
  return R"({"w":{"dtype":")" + dtype + R"(","shape":)" + shape + R"(,"data_offsets":)" + offsets + "}}";
}

TEST_F(SafetensorsTest, ReadsEveryFloatType) {
  const float values[] = {1.5f, -2.0f};
  const double doubles[] = {1.5, -2.0};
  const auto file = [&](const std::string& dtype, const void* data, std::size_t size) {
    std::string header = Entry(dtype, "[2]", "[0," + std::to_string(size) + "]");
    header.resize((header.size() + 7) / 8 * 8, ' ');
    std::string text(8, '\0');
    text[0] = static_cast<char>(header.size());
    text += header;
    text.append(static_cast<const char*>(data), size);
    return OpenBytes(text);
  };
  const std::uint16_t halves[] = {0x3E00, 0xC000}, bfloats[] = {0x3FC0, 0xC000};
  for (const Safetensors& file :
       {file("F32", values, 8), file("F16", halves, 4), file("BF16", bfloats, 4), file("F64", doubles, 16)}) {
    const FloatTensor tensor = file.Float32("w", {2});
    EXPECT_EQ(tensor.values[0], 1.5f);
    EXPECT_EQ(tensor.values[1], -2.0f);
  }
}

TEST_F(SafetensorsTest, ConvertsLikeTheReferenceForEveryHalf) {
  std::string text = Entry("F16", "[65536]", "[0,131072]");
  std::string bytes(8, '\0');
  bytes[0] = static_cast<char>(text.size());
  bytes += text;
  for (int i = 0; i < 65536; ++i) bytes += {static_cast<char>(i & 255), static_cast<char>(i >> 8)};
  const FloatTensor tensor = OpenBytes(bytes).Float32("w", {65536});
  for (int i = 0; i < 65536; ++i) {
    const int exponent = i >> 10 & 31, mantissa = i & 1023;
    if (exponent == 31) continue;  // infinities and NaN
    const double magnitude = exponent == 0 ? std::ldexp(mantissa, -24)
                                           : std::ldexp(1024 + mantissa, exponent - 25);  // IEEE 754 binary16
    ASSERT_EQ(tensor.values[static_cast<std::size_t>(i)],
              static_cast<float>(i & 0x8000 ? -magnitude : magnitude))
        << i;
  }
}

TEST_F(SafetensorsTest, UsesAlignedFloatsInPlaceAndCopiesOthers) {
  for (std::size_t padding = 0; padding < 4; ++padding) {
    const std::string header = Entry("F32", "[2]", "[0,8]") + std::string(padding, ' ');
    const Safetensors file = Open(header, 8);
    const FloatTensor first = file.Float32("w", {2}), second = file.Float32("w", {2});
    const bool aligned = (8 + header.size()) % 4 == 0;
    EXPECT_EQ(first.values.data() == second.values.data(), aligned);  // in place: the same memory twice
    const unsigned char expected[] = {0, 1, 2, 3, 4, 5, 6, 7};
    EXPECT_EQ(std::memcmp(first.values.data(), expected, 8), 0);
  }
}

TEST_F(SafetensorsTest, RefusesHeadersThatLie) {
  const auto refuses = [&](const std::string& header, std::size_t bytes) {
    EXPECT_ERROR(Open(header, bytes), "FILE_CORRUPT", "model.safetensors");
  };
  refuses("", 0);
  refuses("[]", 0);
  refuses("{\"w\":1}", 0);
  refuses(std::string(5000, '['), 0);
  refuses(Entry("F32", "[2]", "[0,4]"), 4);                      // too short for the shape
  refuses(Entry("F32", "[2]", "[0,8]"), 4);                      // beyond the file
  refuses(Entry("F32", "[2]", "[8,0]"), 8);                      // backwards
  refuses(Entry("F32", "[2]", "[0,8]"), 12);                     // bytes of no tensor
  refuses(Entry("F32", "[-1]", "[0,4]"), 4);                     // negative
  refuses(Entry("F32", "[1.5]", "[0,4]"), 4);                    // no whole number
  refuses(Entry("F32", "[4294967296,4294967296]", "[0,0]"), 0);  // product overflows to 0
  refuses(Entry("F32", "[18446744073709551615]", "[0,4]"), 4);   // 2^64 - 1
  refuses(Entry("F32", "[2]", "[0,18446744073709551615]"), 8);   // offset overflow
  refuses(
      R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"b":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}})",
      4);                                                                   // overlap
  refuses(R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}})", 8);  // gap
  EXPECT_ERROR(Open(Entry("F4", "[2]", "[0,1]"), 1), "MODEL_UNSUPPORTED", "F4");
  EXPECT_ERROR(OpenBytes("\xff\xff\xff\xff\xff\xff\xff\xff{}"), "FILE_CORRUPT", "header says");
  EXPECT_ERROR(OpenBytes(""), "FILE_CORRUPT", "empty");
}

TEST_F(SafetensorsTest, NamesWhatIsMissingOrMisshapen) {
  const Safetensors file = Open(Entry("F32", "[2]", "[0,8]"), 8);
  EXPECT_ERROR(file.Float32("v", {2}), "MODEL_INVALID", "no tensor \"v\"");
  EXPECT_ERROR(file.Float32("w", {1, 2}), "MODEL_INVALID", "has shape [2], but config.json asks for [1, 2]");
  const Safetensors integers = Open(Entry("I32", "[2]", "[0,8]"), 8);
  EXPECT_ERROR(integers.Float32("w", {2}), "MODEL_UNSUPPORTED", "I32");
}

TEST_F(SafetensorsTest, RefusesARealFileCutAnywhere) {
  std::ifstream in(kFixtures / "models/tiny-bert-cls/model.safetensors", std::ios::binary);
  const std::string whole((std::istreambuf_iterator<char>(in)), {});
  ASSERT_GT(whole.size(), 10000u);
  EXPECT_NO_THROW(OpenBytes(whole));
  for (std::size_t size = 1; size < whole.size(); size += size < 600 ? 1 : 499) {
    EXPECT_ERROR(OpenBytes(whole.substr(0, size)), "FILE_CORRUPT", "model.safetensors");
  }
  EXPECT_ERROR(OpenBytes(whole + "x"), "FILE_CORRUPT", "model.safetensors");
}

}  // namespace
}  // namespace densenode
