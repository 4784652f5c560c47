#include "encoder/linear_adapter.h"

#include <cmath>
#include <limits>

#include "common/json.h"
#include "encoder/modules/pooling.h"
#include "encoder_test_support.h"

namespace densenode {
namespace {

const fs::path kTraining = kFixtures / "training";

class LinearAdapterTest : public testing::Test {
 protected:
  std::string Bytes() const {
    std::ifstream in(file_, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  ErrorCode Refusal(const std::string& bytes) {
    fs::remove(file_);  // a file that is still mapped must keep its bytes
    std::ofstream(file_, std::ios::binary) << bytes;
    try {
      LinearAdapter::Open(file_);
    } catch (const Error& error) {
      return error.code();
    }
    ADD_FAILURE() << "nothing was thrown";
    return ErrorCode::kEngineFailed;
  }
  // A file with this header and tensors of zeros.
  std::string File(Json header, std::size_t values) {
    const std::string text = header.dump();
    std::string bytes(8, '\0');
    for (int i = 0; i < 8; ++i) bytes[i] = static_cast<char>(text.size() >> (8 * i) & 255);
    return bytes + text + std::string(values * sizeof(float), '\0');
  }
  TemporaryFolder folder_;
  fs::path file_ = folder_.path() / "adapter.safetensors";
};

TEST_F(LinearAdapterTest, EqualsTorchsLinear) {
  const auto adapter = LinearAdapter::Open(kTraining / "linear.safetensors");
  const Json expected = ReadJsonFile(kTraining / "linear.json", ErrorCode::kFileCorrupt);
  EXPECT_EQ(adapter->dimension(), expected["dimension"].get<std::size_t>());
  EXPECT_EQ(adapter->model(), "");
  std::vector<float> embeddings = expected["embeddings"];
  const std::vector<float> adapted = expected["adapted"];
  const std::size_t count = embeddings.size() / adapter->dimension();
  adapter->Apply(embeddings.data(), count, embeddings.data());
  for (std::size_t i = 0; i < adapted.size(); ++i) EXPECT_NEAR(embeddings[i], adapted[i], 1e-6);
}

TEST_F(LinearAdapterTest, ManyRowsAreEachAsAlone) {
  const auto adapter = LinearAdapter::Open(kTraining / "linear.safetensors");
  const std::size_t d = adapter->dimension();
  std::vector<float> rows(600 * d), one(d);
  for (std::size_t i = 0; i < rows.size(); ++i) rows[i] = std::sin(static_cast<float>(i));
  std::fill_n(rows.begin() + 300 * d, d, 0.0f);
  std::vector<float> out(rows.size());
  adapter->Apply(rows.data(), 600, out.data());
  for (const std::size_t row : {0, 255, 256, 300, 599}) {
    adapter->Apply(rows.data() + row * d, 1, one.data());
    for (std::size_t k = 0; k < d; ++k) EXPECT_NEAR(out[row * d + k], one[k], 1e-6);
  }
  EXPECT_EQ(one.size(), d);
  for (std::size_t k = 0; k < d; ++k) EXPECT_EQ(out[300 * d + k], 0) << "zeros stay zeros";
  adapter->Apply(nullptr, 0, nullptr);
}

TEST_F(LinearAdapterTest, ComesBackFromItsFile) {
  for (const std::vector<float>& bias : {std::vector<float>{0.5f, -2}, std::vector<float>{}}) {
    LinearAdapter(2, {1, 2, 3, 4}, bias, "all-MiniLM-L6-v2 \xC3\xA4").Save(file_);
    const auto adapter = LinearAdapter::Open(file_);
    EXPECT_EQ(adapter->weight(), (std::vector<float>{1, 2, 3, 4}));
    EXPECT_EQ(adapter->bias(), bias);
    EXPECT_EQ(adapter->model(), "all-MiniLM-L6-v2 \xC3\xA4");
  }
  EXPECT_EQ(std::distance(fs::directory_iterator(folder_.path()), {}), 1) << "nothing is left beside it";
}

TEST_F(LinearAdapterTest, RefusesEveryCutAndEveryFlippedBit) {
  LinearAdapter(2, {1, 2, 3, 4}, {5, 6}, "m").Save(file_);
  const std::string good = Bytes();
  for (std::size_t size = 0; size < good.size(); ++size)
    EXPECT_EQ(Refusal(good.substr(0, size)), ErrorCode::kFileCorrupt);
  EXPECT_EQ(Refusal(good + "x"), ErrorCode::kFileCorrupt);
  const std::size_t data = good.size() - 6 * sizeof(float);
  for (std::size_t bit = 8 * data; bit < 8 * good.size(); ++bit) {
    std::string bad = good;
    bad[bit / 8] = static_cast<char>(bad[bit / 8] ^ (1 << bit % 8));
    EXPECT_EQ(Refusal(bad), ErrorCode::kFileCorrupt);
  }
  // A flip in the header may give a valid file of another name or model, but never a crash.
  for (std::size_t bit = 0; bit < 8 * data; ++bit) {
    std::string bad = good;
    bad[bit / 8] = static_cast<char>(bad[bit / 8] ^ (1 << bit % 8));
    fs::remove(file_);
    std::ofstream(file_, std::ios::binary) << bad;
    try {
      EXPECT_EQ(LinearAdapter::Open(file_)->dimension(), 2u);
    } catch (const Error&) {
    }
  }
}

TEST_F(LinearAdapterTest, RefusesOtherTensors) {
  const auto tensor = [](std::vector<std::size_t> shape, std::size_t begin) {
    std::size_t bytes = sizeof(float);
    for (const std::size_t size : shape) bytes *= size;
    return Json{{"dtype", "F32"}, {"shape", shape}, {"data_offsets", {begin, begin + bytes}}};
  };
  EXPECT_EQ(Refusal(File({{"other", tensor({2, 2}, 0)}}, 4)), ErrorCode::kModelInvalid);
  EXPECT_EQ(Refusal(File({{"weight", tensor({2, 3}, 0)}}, 6)), ErrorCode::kModelInvalid);
  EXPECT_EQ(Refusal(File({{"weight", tensor({4}, 0)}}, 4)), ErrorCode::kModelInvalid);
  EXPECT_EQ(Refusal(File({{"weight", tensor({0, 0}, 0)}}, 0)), ErrorCode::kModelInvalid);
  EXPECT_EQ(Refusal(File({{"weight", tensor({2, 2}, 0)}, {"bias", tensor({3}, 16)}}, 7)),
            ErrorCode::kModelInvalid);
  const Json later = {{"format", "densenode.linear_adapter"}, {"format_version", "2"}};
  EXPECT_EQ(Refusal(File({{"__metadata__", later}, {"weight", tensor({2, 2}, 0)}}, 4)),
            ErrorCode::kModelUnsupported);
  const Json wrong = {{"dimension", "3"}};
  EXPECT_EQ(Refusal(File({{"__metadata__", wrong}, {"weight", tensor({2, 2}, 0)}}, 4)),
            ErrorCode::kFileCorrupt);
  std::string nan = File({{"weight", tensor({1, 1}, 0)}}, 1);
  nan[nan.size() - 1] = nan[nan.size() - 2] = '\x7f';
  nan[nan.size() - 2] = '\xff';
  EXPECT_EQ(Refusal(nan), ErrorCode::kModelInvalid);
}

TEST_F(LinearAdapterTest, RefusesOtherSizes) {
  EXPECT_THROW(LinearAdapter(2, {1, 2, 3}, {}, ""), Error);
  EXPECT_THROW(LinearAdapter(2, {1, 2, 3, 4}, {1}, ""), Error);
  EXPECT_THROW(LinearAdapter(0, {}, {}, ""), Error);
  EXPECT_THROW(LinearAdapter(1, {std::numeric_limits<float>::infinity()}, {}, ""), Error);
}

TEST_F(LinearAdapterTest, SaysWhyAFileCannotBeWritten) {
  const LinearAdapter adapter(1, {1}, {}, "");
  try {
    adapter.Save(folder_.path() / "no such folder" / "file");
    ADD_FAILURE() << "nothing was thrown";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kFileWriteFailed);
  }
  EXPECT_THROW(adapter.Save(folder_.path()), Error);
}

}  // namespace
}  // namespace densenode
