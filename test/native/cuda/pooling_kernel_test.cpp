// The pooling kernel against PoolText on the CPU. Needs a device; compute-sanitizer runs on this program too.
#include "cuda/pooling_kernel.h"

#include <gtest/gtest.h>
#include <immintrin.h>

#include <algorithm>
#include <cmath>
#include <iostream>
#include <numeric>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "common/device.h"
#include "cuda/device_memory.h"
#include "cuda/stream.h"

namespace densenode {
namespace {

struct Shape {
  PoolingMode mode;
  bool half, normalize, scatter;
  std::size_t dimension, out_dimension,
      shift;  // shift: elements that the token vectors are moved off alignment
  std::vector<std::int32_t> lengths;
};

std::string Text(const Shape& shape) {
  std::string text = std::string(PoolingModeName(shape.mode)) + (shape.half ? " fp16 " : " fp32 ") +
                     std::to_string(shape.dimension) + " -> " + std::to_string(shape.out_dimension) +
                     (shape.normalize ? " normalized" : "") + (shape.scatter ? " scattered" : "") +
                     " shift " + std::to_string(shape.shift) + " lengths";
  for (const std::int32_t length : shape.lengths) text.append(" ").append(std::to_string(length));
  return text;
}

template <typename T>
DeviceBuffer<T> OnDevice(const std::vector<T>& values, cudaStream_t stream) {
  DeviceBuffer<T> buffer(std::max<std::size_t>(1, values.size()));
  CheckCuda(cudaMemcpyAsync(buffer.data(), values.data(), values.size() * sizeof(T), cudaMemcpyHostToDevice,
                            stream),
            "sending test data");
  return buffer;
}

class PoolingKernel : public testing::Test {
 protected:
  void SetUp() override {
    if (GetCudaSupport().devices.empty()) GTEST_SKIP() << GetCudaSupport().problem;
    stream_ = Stream();
  }

  void ExpectLikePoolText(const Shape& shape, std::mt19937* random) {
    SCOPED_TRACE(Text(shape));
    const std::size_t texts = shape.lengths.size();
    std::vector<std::int32_t> cumulative = {0};
    for (const std::int32_t length : shape.lengths) cumulative.push_back(cumulative.back() + length);
    const std::size_t values = static_cast<std::size_t>(cumulative.back()) * shape.dimension;

    std::normal_distribution<float> normal;
    std::vector<float> hidden(values);
    std::vector<std::uint16_t> halves(shape.half ? values + shape.shift : 0);
    std::vector<float> floats(shape.half ? 0 : values + shape.shift);
    for (std::size_t i = 0; i < values; ++i) {
      hidden[i] = normal(*random);
      if (shape.half) {
        halves[i + shape.shift] = _cvtss_sh(hidden[i], _MM_FROUND_TO_NEAREST_INT);
        hidden[i] = _cvtsh_ss(halves[i + shape.shift]);
      } else {
        floats[i + shape.shift] = hidden[i];
      }
    }
    std::vector<std::uint32_t> rows(texts);
    std::iota(rows.begin(), rows.end(), 0u);
    if (shape.scatter) std::shuffle(rows.begin(), rows.end(), *random);

    const cudaStream_t stream = stream_->get();
    const auto device_halves = OnDevice(halves, stream);
    const auto device_floats = OnDevice(floats, stream);
    const auto device_cumulative = OnDevice(cumulative, stream);
    const auto device_rows = OnDevice(rows, stream);
    // One value before and after the rows, to see that nothing else is written.
    const std::vector<float> untouched(texts * shape.out_dimension + 2, -7.0f);
    const auto device_out = OnDevice(untouched, stream);

    PoolingWork work;
    work.hidden = shape.half ? static_cast<const void*>(device_halves.data() + shape.shift)
                             : static_cast<const void*>(device_floats.data() + shape.shift);
    work.type = shape.half ? HiddenType::kFloat16 : HiddenType::kFloat32;
    work.dimension = shape.dimension;
    work.cumulative = device_cumulative.data();
    work.texts = texts;
    work.mode = shape.mode;
    work.out_dimension = shape.out_dimension;
    work.normalize = shape.normalize;
    work.out = device_out.data() + 1;
    work.rows = shape.scatter ? device_rows.data() : nullptr;
    StartPooling(work, stream);
    std::vector<float> out(untouched.size());
    CheckCuda(
        cudaMemcpyAsync(out.data(), device_out.data(), device_out.bytes(), cudaMemcpyDeviceToHost, stream),
        "fetching results");
    stream_->Synchronize();

    EXPECT_EQ(out.front(), -7.0f);
    EXPECT_EQ(out.back(), -7.0f);
    std::vector<float> expected(shape.out_dimension);
    for (std::size_t i = 0; i < texts; ++i) {
      const auto length = static_cast<std::size_t>(shape.lengths[i]);
      PoolText(shape.mode, hidden.data() + static_cast<std::size_t>(cumulative[i]) * shape.dimension, length,
               0, shape.dimension, shape.out_dimension, expected.data());
      if (shape.normalize) Normalize(expected.data(), shape.out_dimension);
      const float* row = out.data() + 1 + rows[i] * shape.out_dimension;
      for (std::size_t d = 0; d < shape.out_dimension; ++d)
        ASSERT_NEAR(row[d], expected[d], 5e-5 * (1 + std::abs(expected[d])))
            << "text " << i << " value " << d;
    }
  }

  std::optional<Stream> stream_;
};

constexpr PoolingMode kModes[] = {PoolingMode::kCls, PoolingMode::kMean, PoolingMode::kMax,
                                  PoolingMode::kMeanSqrtLen, PoolingMode::kLastToken};

TEST_F(PoolingKernel, ModelsOfOurDay) {
  std::mt19937 random(1);
  for (const PoolingMode mode : kModes) {
    for (const std::size_t dimension : {384, 768, 1024, 4096}) {
      for (const bool half : {false, true})
        ExpectLikePoolText({mode, half, true, false, dimension, dimension, 0, {512, 16, 1, 129}}, &random);
    }
  }
}

TEST_F(PoolingKernel, NothingAndTextsOfNoTokens) {
  std::mt19937 random(2);
  for (const PoolingMode mode : kModes) {
    ExpectLikePoolText({mode, true, true, false, 64, 64, 0, {}}, &random);
    ExpectLikePoolText({mode, true, true, true, 64, 64, 0, {0, 3, 0}}, &random);
  }
}

TEST_F(PoolingKernel, ThousandRandomShapes) {
  const unsigned seed = std::random_device{}();
  RecordProperty("seed", std::to_string(seed));
  std::cout << "seed " << seed << std::endl;
  std::mt19937 random(seed);
  const auto below = [&](std::size_t end) { return random() % end; };
  for (int round = 0; round < 1000 && !HasFailure(); ++round) {
    Shape shape;
    shape.mode = kModes[below(5)];
    shape.half = below(2) == 0;
    shape.normalize = below(2) == 0;
    shape.scatter = below(2) == 0;
    shape.dimension = below(2) == 0 ? 8 * (1 + below(256)) : 1 + below(1500);
    shape.out_dimension = below(2) == 0 ? shape.dimension : 1 + below(shape.dimension);
    shape.shift = below(3) == 0 ? below(9) : 0;
    shape.lengths.resize(1 + below(24));
    const std::size_t longest = 1 + below(below(8) == 0 ? 512 : 40);
    for (auto& length : shape.lengths) length = static_cast<std::int32_t>(1 + below(longest));
    ExpectLikePoolText(shape, &random);
  }
}

}  // namespace
}  // namespace densenode
