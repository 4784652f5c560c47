// The parts of the bf16 encoder, each against the same in double precision, for every kernel that this CPU
// has.
#ifdef __AVX512F__
#include <gtest/gtest.h>

#include <cmath>
#include <optional>
#include <random>
#include <utility>
#include <vector>

#include "encoder/cpu/activation.h"
#include "encoder/cpu/attention.h"
#include "encoder/cpu/heads.h"
#include "encoder/cpu/linear.h"

namespace densenode::cpu {
namespace {

constexpr double kHalfUlp = 1.0 / 256;  // largest relative error of rounding to bf16

class Random {
 public:
  explicit Random(unsigned seed) : engine_(seed) {
    testing::Test::RecordProperty("seed", std::to_string(seed));
  }
  std::size_t Size(std::size_t least, std::size_t most) {
    return std::uniform_int_distribution<std::size_t>(least, most)(engine_);
  }
  float Value() { return normal_(engine_); }
  std::vector<float> Values(std::size_t count, float scale = 1) {
    std::vector<float> values(count);
    for (float& value : values) value = scale * Value();
    return values;
  }

 private:
  std::mt19937 engine_;
  std::normal_distribution<float> normal_;
};

// NaN wherever a kernel may read but must not use what it finds.
AlignedBuffer<Bf16> Rounded(const std::vector<float>& values, std::size_t rows, std::size_t width,
                            std::size_t padded, std::size_t more_rows) {
  AlignedBuffer<Bf16> out((rows + more_rows) * padded);
  std::fill_n(out.data(), out.size(), Bf16{0x7fc0});
  for (std::size_t row = 0; row < rows; ++row) {
    for (std::size_t i = 0; i < padded; ++i)
      out.data()[row * padded + i] = i < width ? ToBf16(values[row * width + i]) : Bf16{0};
  }
  return out;
}

double Round(float value) { return FromBf16(ToBf16(value)); }

class CpuKernels : public testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    kernel_ = std::string(GetParam()) == "amx" ? AmxKernel() : Avx512Kernel();
    if (!kernel_) GTEST_SKIP() << "this CPU has no " << GetParam();
    EXPECT_STREQ(kernel_->name, GetParam());
  }
  const ProductKernel* kernel_ = nullptr;
};

TEST_P(CpuKernels, LinearOfRandomShapes) {
  for (unsigned seed = 1; seed <= 40; ++seed) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    Random random(seed);
    const std::size_t rows = random.Size(1, 100);
    const PaddedAxis inputs{random.Size(1, 4), random.Size(1, 80)},
        outputs{random.Size(1, 4), random.Size(1, 80)};
    const auto in = random.Values(rows * inputs.count());
    const auto weights = random.Values(outputs.count() * inputs.count(), 0.2f);
    const auto bias = random.Values(outputs.count());

    // A first map whose inputs are plain, to spread them over the padded axis.
    Linear linear{PackedMatrix(outputs.padded_count(), inputs.padded_count()), PaddedVector(bias, outputs)};
    linear.weight.Put(weights, outputs, inputs);
    std::vector<float> spread(rows * inputs.padded_count());
    for (std::size_t row = 0; row < rows; ++row) {
      for (std::size_t i = 0; i < inputs.count(); ++i) {
        spread[row * inputs.padded_count() + i / inputs.size * inputs.padded_size() + i % inputs.size] =
            in[row * inputs.count() + i];
      }
    }
    const std::size_t wide = outputs.padded_count();
    const auto packed = Rounded(spread, rows, inputs.padded_count(), inputs.padded_count(), kBlock);
    AlignedBuffer<Bf16> out((rows + kBlock) * wide);
    {
      const KernelScope scope(*kernel_);
      ApplyLinear(*kernel_, linear, Activation::kNone, packed.data(), rows, out.data(), wide);
    }
    for (std::size_t row = 0; row < rows; ++row) {
      for (std::size_t column = 0; column < wide; ++column) {
        const std::size_t group = column / outputs.padded_size(), at = column % outputs.padded_size();
        const float got = FromBf16(out.data()[row * wide + column]);
        if (at >= outputs.size) {
          ASSERT_EQ(got, 0) << "padding of column " << column;
          continue;
        }
        double expected = bias[group * outputs.size + at], size = std::abs(expected);
        for (std::size_t i = 0; i < inputs.count(); ++i) {
          const double product = Round(in[row * inputs.count() + i]) *
                                 Round(weights[(group * outputs.size + at) * inputs.count() + i]);
          expected += product;
          size += std::abs(product);
        }
        ASSERT_NEAR(got, expected, kHalfUlp * std::abs(expected) + 1e-5 * size) << row << ", " << column;
      }
    }
  }
}

TEST_P(CpuKernels, LinearAndNormalizeOfRandomShapes) {
  for (unsigned seed = 1; seed <= 20; ++seed) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    Random random(seed);
    const std::size_t rows = random.Size(1, 80);
    const PaddedAxis inputs{1, random.Size(1, 200)}, outputs{1, random.Size(2, 200)};
    const std::size_t wide = outputs.padded_count();
    const auto in = random.Values(rows * inputs.size),
               weights = random.Values(outputs.size * inputs.size, 0.2f);
    const auto bias = random.Values(outputs.size), gain = random.Values(outputs.size);
    const auto shift = random.Values(outputs.size), residual = random.Values(rows * outputs.size);
    Linear linear{PackedMatrix(wide, inputs.padded_count()), PaddedVector(bias, outputs)};
    linear.weight.Put(weights, outputs, inputs);
    const PaddedVector gains(gain, outputs), shifts(shift, outputs);
    const LayerNorm norm{gains.data(), shifts.data(), 1e-12f, outputs.size};

    const auto packed = Rounded(in, rows, inputs.size, inputs.padded_count(), kBlock);
    std::vector<float> x = residual;
    AlignedBuffer<Bf16> rounded(rows * wide);
    AlignedBuffer<float> scratch;
    {
      const KernelScope scope(*kernel_);
      ApplyLinearAndNormalize(*kernel_, linear, {}, norm, packed.data(), rows, x.data(), rounded.data(),
                              &scratch);
    }
    for (std::size_t row = 0; row < rows; ++row) {
      std::vector<double> sum(outputs.size);
      double mean = 0, variance = 0;
      for (std::size_t o = 0; o < outputs.size; ++o) {
        sum[o] = double{bias[o]} + residual[row * outputs.size + o];
        for (std::size_t i = 0; i < inputs.size; ++i)
          sum[o] += Round(in[row * inputs.size + i]) * Round(weights[o * inputs.size + i]);
        mean += sum[o] / static_cast<double>(outputs.size);
      }
      for (const double value : sum)
        variance += (value - mean) * (value - mean) / static_cast<double>(outputs.size);
      for (std::size_t o = 0; o < wide; ++o) {
        const float low = FromBf16(rounded.data()[row * wide + o]);
        if (o >= outputs.size) {
          ASSERT_EQ(low, 0);
          continue;
        }
        const double expected = (sum[o] - mean) / std::sqrt(variance) * gain[o] + shift[o];
        const float got = x[row * outputs.size + o];
        ASSERT_NEAR(got, expected, 2e-4) << row << ", " << o;
        ASSERT_EQ(low, Round(got));
      }
    }
  }
}

// Random queries, keys and values of `length` tokens against the same in double precision.
void CheckAttention(const ProductKernel& kernel, const AttentionShape& shape, std::size_t length) {
  const std::size_t width = shape.head_width, all = shape.width(), row_width = shape.row_width();
  Random random(static_cast<unsigned>(length + width));
  const auto qkv = random.Values(length * row_width, 1.5f);
  const auto packed = Rounded(qkv, length, row_width, row_width, kBlock);
  AlignedBuffer<Bf16> out(length * all);
  AttentionScratch scratch;
  {
    const KernelScope scope(kernel);
    Attend(kernel, shape, packed.data(), length, out.data(), &scratch);
  }
  const auto at = [&](std::size_t row, std::size_t column) { return Round(qkv[row * row_width + column]); };
  for (std::size_t row = 0; row < length; row += 1 + length / 40) {
    for (std::size_t head = 0; head < shape.heads; ++head) {
      const std::size_t first = head * width, first_key = all + head / shape.sharing * width;
      const std::size_t first_value = first_key + shape.keys_width();
      std::vector<double> shares(length);
      double sum = 0;
      for (std::size_t key = 0; key < length; ++key) {
        if (shape.causal && key > row) continue;
        if (shape.window && std::max(key, row) - std::min(key, row) > *shape.window) continue;
        double score = 0;
        for (std::size_t d = 0; d < width; ++d) score += at(row, first + d) * at(key, first_key + d);
        sum += shares[key] = std::exp(score * shape.scale);
      }
      for (std::size_t d = 0; d < width; ++d) {
        double expected = 0, size = 0;
        for (std::size_t key = 0; key < length; ++key) {
          expected += shares[key] / sum * at(key, first_value + d);
          size += shares[key] / sum * std::abs(at(key, first_value + d));
        }
        // Shares and the result are rounded.
        ASSERT_NEAR(FromBf16(out.data()[row * all + first + d]), expected, 2 * kHalfUlp * size + 1e-4)
            << row << ", " << first + d;
      }
    }
  }
}

TEST_P(CpuKernels, AttentionOfAllLengths) {
  for (const std::size_t length : {1, 2, 15, 16, 17, 31, 32, 33, 64, 81, 200, 512, 1025}) {
    for (const std::size_t width : {32, 64}) {
      SCOPED_TRACE(testing::Message() << length << " tokens, heads of " << width);
      CheckAttention(*kernel_, {3, width, 1.0f / std::sqrt(static_cast<float>(width))}, length);
    }
  }
}

TEST_P(CpuKernels, AttentionThatDoesNotSeeAll) {
  for (const std::size_t length : {1, 31, 33, 100, 300}) {
    for (const std::size_t sharing : {1, 2, 4}) {
      for (const bool causal : {false, true}) {
        for (const std::optional<std::size_t> window :
             {std::optional<std::size_t>{}, {0}, {5}, {40}, {1000}}) {
          SCOPED_TRACE(testing::Message() << length << " tokens, " << sharing << " heads share keys, "
                                          << (causal ? "causal" : "both ways") << ", window "
                                          << (window ? std::to_string(*window) : "none"));
          AttentionShape shape{4, 32, 0.2f};
          shape.sharing = sharing;
          shape.causal = causal;
          shape.window = window;
          CheckAttention(*kernel_, shape, length);
        }
      }
    }
  }
}

TEST_P(CpuKernels, GatedLinear) {
  for (const std::size_t rows : {1, 33, 70}) {
    Random random(static_cast<unsigned>(rows));
    const PaddedAxis inputs{1, 40}, outputs{1, 72};
    const auto in = random.Values(rows * inputs.size), weights = random.Values(72 * 40, 0.2f),
               gates = random.Values(72 * 40, 0.2f), bias = random.Values(72), gate_bias = random.Values(72);
    GatedLinear gated(outputs.padded_count(), inputs.padded_count());
    gated.Put(GatedLinear::Part::kGate, gates, gate_bias, outputs.size, inputs);
    gated.Put(GatedLinear::Part::kMap, weights, bias, outputs.size, inputs);
    const std::size_t wide = outputs.padded_count();
    const auto packed = Rounded(in, rows, inputs.size, inputs.padded_count(), kBlock);
    AlignedBuffer<Bf16> out(rows * wide);
    {
      const KernelScope scope(*kernel_);
      ApplyGatedLinear(*kernel_, gated, Activation::kSilu, packed.data(), rows, out.data());
    }
    for (std::size_t row = 0; row < rows; ++row) {
      for (std::size_t o = 0; o < wide; ++o) {
        const float got = FromBf16(out.data()[row * wide + o]);
        if (o >= outputs.size) {
          ASSERT_EQ(got, 0);
          continue;
        }
        double sum = bias[o], opened = gate_bias[o];
        for (std::size_t i = 0; i < inputs.size; ++i) {
          sum += Round(in[row * inputs.size + i]) * Round(weights[o * inputs.size + i]);
          opened += Round(in[row * inputs.size + i]) * Round(gates[o * inputs.size + i]);
        }
        const double expected = opened / (1 + std::exp(-opened)) * sum;
        ASSERT_NEAR(got, expected, kHalfUlp * std::abs(expected) + 1e-4) << row << ", " << o;
      }
    }
  }
}

// A row of a product must not know where in a batch it stands.
TEST_P(CpuKernels, RowsDoNotDependOnEachOther) {
  Random random(7);
  const PaddedAxis axis{1, 96};
  Linear linear{PackedMatrix(96, 96), PaddedVector(random.Values(96), axis)};
  linear.weight.Put(random.Values(96 * 96), axis, axis);
  const auto in = Rounded(random.Values(75 * 96), 75, 96, 96, kBlock);
  AlignedBuffer<Bf16> all(75 * 96), one(96);
  const KernelScope scope(*kernel_);
  ApplyLinear(*kernel_, linear, Activation::kGelu, in.data(), 75, all.data(), 96);
  for (std::size_t row = 0; row < 75; ++row) {
    ApplyLinear(*kernel_, linear, Activation::kGelu, in.data() + row * 96, 1, one.data(), 96);
    ASSERT_TRUE(std::equal(one.data(), one.data() + 96, all.data() + row * 96)) << row;
  }
}

// Weights that the second-level cache does not hold meet rows in larger groups: each row as alone.
TEST_P(CpuKernels, RowsOfLargeWeights) {
  constexpr std::size_t kWidth = 832, kRows = 300;
  Random random(8);
  const PaddedAxis axis{1, kWidth};
  const auto weights = random.Values(kWidth * kWidth, 0.05f), bias = random.Values(kWidth);
  Linear linear{PackedMatrix(kWidth, kWidth), PaddedVector(bias, axis)};
  linear.weight.Put(weights, axis, axis);
  GatedLinear gated(kWidth, kWidth);
  gated.Put(GatedLinear::Part::kGate, random.Values(kWidth * kWidth, 0.05f), {}, kWidth, axis);
  gated.Put(GatedLinear::Part::kMap, weights, bias, kWidth, axis);
  const PaddedVector gain(random.Values(kWidth), axis), shift(random.Values(kWidth), axis);
  const LayerNorm norm{gain.data(), shift.data(), 1e-12f, kWidth};
  const auto values = random.Values(kRows * kWidth), residual = random.Values(kRows * kWidth);
  const auto in = Rounded(values, kRows, kWidth, kWidth, kBlock);

  struct Results {
    explicit Results(std::size_t rows)
        : mapped(rows * kWidth), opened(rows * kWidth), rounded(rows * kWidth) {}
    AlignedBuffer<Bf16> mapped, opened, rounded;
    std::vector<float> x;
  };
  const KernelScope scope(*kernel_);
  const auto run = [&](std::size_t first, std::size_t rows) {
    Results results(rows);
    const Bf16* const from = in.data() + first * kWidth;
    results.x.assign(residual.begin() + first * kWidth, residual.begin() + (first + rows) * kWidth);
    AlignedBuffer<float> scratch;
    ApplyLinear(*kernel_, linear, Activation::kNone, from, rows, results.mapped.data(), kWidth);
    ApplyGatedLinear(*kernel_, gated, Activation::kSilu, from, rows, results.opened.data());
    ApplyLinearAndNormalize(*kernel_, linear, norm, norm, from, rows, results.x.data(),
                            results.rounded.data(), &scratch);
    return results;
  };
  const Results all = run(0, kRows);
  for (std::size_t row = 0; row < kRows; ++row) {
    const Results one = run(row, 1);
    const auto same = [row](const auto* alone, const auto* of_all) {
      return std::equal(alone, alone + kWidth, of_all + row * kWidth);
    };
    ASSERT_TRUE(same(one.mapped.data(), all.mapped.data())) << row;
    ASSERT_TRUE(same(one.opened.data(), all.opened.data())) << row;
    ASSERT_TRUE(same(one.rounded.data(), all.rounded.data())) << row;
    ASSERT_TRUE(same(one.x.data(), all.x.data())) << row;
    const std::size_t column = row * 37 % kWidth;
    double expected = bias[column], size = std::abs(expected);
    for (std::size_t i = 0; i < kWidth; ++i) {
      const double product = Round(values[row * kWidth + i]) * Round(weights[column * kWidth + i]);
      expected += product;
      size += std::abs(product);
    }
    ASSERT_NEAR(FromBf16(all.mapped.data()[row * kWidth + column]), expected,
                kHalfUlp * std::abs(expected) + 1e-5 * size);
  }
}

// A map whose inputs and weights are as those of a model: one input in ten is far from the others in size.
struct MapInBytes {
  MapInBytes(Random* random, std::size_t rows, std::size_t inputs, std::size_t outputs)
      : rows(rows), inputs{1, inputs}, outputs{1, outputs} {
    std::vector<float> sizes(inputs);
    for (float& size : sizes) size = random->Size(0, 9) == 0 ? 50.0f : 1.0f;
    in = random->Values(rows * inputs);
    weights = random->Values(outputs * inputs, 0.2f);
    bias = random->Values(outputs);
    for (std::size_t i = 0; i < in.size(); ++i) in[i] *= sizes[i % inputs];
    for (std::size_t i = 0; i < weights.size(); ++i) weights[i] /= sizes[i % inputs];
    packed = Rounded(in, rows, inputs, this->inputs.padded_size(), kBlock);
  }

  // As large as they are.
  std::vector<float> Largest() const {
    std::vector<float> largest(inputs.padded_size());
    for (std::size_t i = 0; i < in.size(); ++i)
      largest[i % inputs.size] = std::max(largest[i % inputs.size], std::abs(in[i]));
    return largest;
  }
  Linear Narrow() const {
    Linear linear{PackedMatrix(outputs.padded_size(), inputs.padded_size()), PaddedVector(bias, outputs)};
    linear.weight.Put(weights, outputs, inputs);
    linear.in_bytes = ByteMatrix(linear.weight, Largest());
    linear.narrow = true;
    return linear;
  }
  double Exact(std::size_t row, std::size_t output) const { return Exact(row, output, *this); }
  // With the weights of another map.
  double Exact(std::size_t row, std::size_t output, const MapInBytes& other) const {
    double sum = other.bias[output];
    for (std::size_t i = 0; i < inputs.size; ++i)
      sum += Round(in[row * inputs.size + i]) * Round(other.weights[output * inputs.size + i]);
    return sum;
  }

  std::size_t rows;
  PaddedAxis inputs, outputs;
  std::vector<float> in, weights, bias;
  AlignedBuffer<Bf16> packed;
};

void CheckMapInBytes(const ProductKernel& kernel, const MapInBytes& map) {
  Linear linear = map.Narrow();
  const std::size_t wide = map.outputs.padded_size(), stride = wide + kBlock;
  linear.weight.Release();
  AlignedBuffer<Bf16> out((map.rows + kBlock) * stride);
  ByteRows quantized;
  {
    const KernelScope scope(kernel);
    ApplyLinear(kernel, linear, Activation::kNone, map.packed.data(), map.rows, out.data(), stride,
                &quantized);
  }
  double errors = 0, squares = 0;
  for (std::size_t row = 0; row < map.rows; ++row) {
    for (std::size_t o = 0; o < wide; ++o) {
      const double got = FromBf16(out.data()[row * stride + o]);
      if (o >= map.outputs.size) {
        ASSERT_EQ(got, 0);
        continue;
      }
      const double exact = map.Exact(row, o);
      errors += (got - exact) * (got - exact);
      squares += exact * exact;
    }
  }
  EXPECT_LT(std::sqrt(errors / squares), 0.02);  // 0.3 to 0.5 without smoothing
}

TEST_P(CpuKernels, LinearInBytes) {
  if (!MultipliesBytes(*kernel_)) GTEST_SKIP() << "this CPU multiplies no bytes";
  for (unsigned seed = 1; seed <= 30; ++seed) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    Random random(seed);
    CheckMapInBytes(*kernel_,
                    MapInBytes(&random, random.Size(1, 100), random.Size(1, 300), random.Size(1, 150)));
  }
  Random random(31);
  CheckMapInBytes(*kernel_, MapInBytes(&random, 300, 1030, 1400));  // beyond the second-level cache
}

TEST_P(CpuKernels, GatedLinearInBytes) {
  if (!MultipliesBytes(*kernel_)) GTEST_SKIP() << "this CPU multiplies no bytes";
  for (const std::size_t rows : {1, 33, 170}) {
    Random random(static_cast<unsigned>(rows));
    const MapInBytes gate(&random, rows, 100, 72), map(&random, rows, 100, 72);
    GatedLinear gated(map.outputs.padded_size(), map.inputs.padded_size());
    gated.Put(GatedLinear::Part::kGate, gate.weights, gate.bias, 72, map.inputs);
    gated.Put(GatedLinear::Part::kMap, map.weights, map.bias, 72, map.inputs);
    gated.both.in_bytes = ByteMatrix(gated.both.weight, map.Largest());
    gated.both.narrow = true;
    const std::size_t wide = map.outputs.padded_size();
    AlignedBuffer<Bf16> out(rows * wide);
    ByteRows quantized;
    {
      const KernelScope scope(*kernel_);
      ApplyGatedLinear(*kernel_, gated, Activation::kRelu, map.packed.data(), rows, out.data(), &quantized);
    }
    double errors = 0, squares = 0;
    for (std::size_t row = 0; row < rows; ++row) {
      for (std::size_t o = 0; o < 72; ++o) {
        const double exact = std::max(map.Exact(row, o, gate), 0.0) * map.Exact(row, o);
        const double got = FromBf16(out.data()[row * wide + o]);
        errors += (got - exact) * (got - exact);
        squares += exact * exact;
      }
    }
    EXPECT_LT(std::sqrt(errors / squares), 0.03);
  }
}

// Sums of bytes are whole numbers: no kernel and no neighbour changes a bit.
TEST(CpuBytes, AreTheSameOnEveryKernel) {
  std::vector<const ProductKernel*> kernels;
  for (const ProductKernel* kernel : {AmxKernel(), Avx512Kernel()})
    if (kernel && MultipliesBytes(*kernel)) kernels.push_back(kernel);
  if (kernels.empty()) GTEST_SKIP() << "this CPU multiplies no bytes";
  Random random(9);
  MapInBytes map(&random, 75, 160, 96);
  std::fill_n(map.packed.data() + 7 * 160, 160, ToBf16(5));  // rows of one value
  std::fill_n(map.packed.data() + 8 * 160, 160, Bf16{0});
  map.packed.data()[9 * 160 + 50] = 0x7fc0;   // NaN
  map.packed.data()[10 * 160 + 51] = 0x7f80;  // infinity
  const Linear linear = map.Narrow();
  AlignedBuffer<Bf16> all(75 * 96), one(96);
  ByteRows quantized;
  for (const ProductKernel* kernel : kernels) {
    const KernelScope scope(*kernel);
    const auto apply = [&](std::size_t first, std::size_t rows, Bf16* out) {
      ApplyLinear(*kernel, linear, Activation::kGelu, map.packed.data() + first * 160, rows, out, 96,
                  &quantized);
    };
    if (kernel == kernels.front()) apply(0, 75, all.data());
    for (std::size_t row = 0; row < 75; ++row) {
      apply(row, 1, one.data());
      ASSERT_TRUE(std::equal(one.data(), one.data() + 96, all.data() + row * 96)) << row;
      for (std::size_t i = 0; i < 96; ++i)
        ASSERT_EQ(std::isnan(FromBf16(one.data()[i])), row == 9 || row == 10) << row << ", " << i;
    }
  }
  for (std::size_t o = 0; o < 96; ++o) {
    double sum = map.bias[o];
    for (std::size_t i = 0; i < 160; ++i) sum += 5 * Round(map.weights[o * 160 + i]);
    const double exact = 0.5 * sum * std::erfc(-sum / std::sqrt(2.0));
    EXPECT_NEAR(FromBf16(all.data()[7 * 96 + o]), exact, 0.02 * std::abs(sum) + 0.3);
  }
}

INSTANTIATE_TEST_SUITE_P(All, CpuKernels, testing::Values("amx", "avx512_bf16"),
                         [](const auto& info) { return std::string(info.param); });

TEST(CpuActivation, IsAsExactAsBf16) {
  if (!BestKernel()) GTEST_SKIP() << "this CPU has no bf16";
  const auto relu = [](double x) { return std::max(x, 0.0); };
  const auto gelu = [](double x) { return 0.5 * x * (1 + std::erf(x / std::sqrt(2.0))); };
  const auto tanh = [](double x) {
    return 0.5 * x * (1 + std::tanh(std::sqrt(2 / M_PI) * (x + 0.044715 * x * x * x)));
  };
  const auto same = [](double x) { return x; };
  const auto check = [](const char* what, Activation activation, auto expected) {
    const std::vector<float> bias(kBlock, 0.25f);
    for (float start = -40; start < 40; start += 0.04f) {
      std::vector<float> in(kBlock);
      for (std::size_t i = 0; i < kBlock; ++i) in[i] = start + 0.00125f * static_cast<float>(i);
      std::vector<Bf16> out(kBlock);
      ActivateBlock(activation, in.data(), kBlock, {bias.data()}, 1, out.data(), kBlock);
      for (std::size_t i = 0; i < kBlock; ++i) {
        const double exact = expected(double{in[i] + 0.25f});
        ASSERT_NEAR(FromBf16(out[i]), exact, kHalfUlp * std::abs(exact) + 6e-5)
            << what << " of " << in[i] + 0.25f;
      }
    }
  };
  check("relu", Activation::kRelu, relu);
  check("gelu", Activation::kGelu, gelu);
  check("gelu_tanh", Activation::kGeluTanh, tanh);
  check("silu", Activation::kSilu, [](double x) { return x / (1 + std::exp(-x)); });
  check("none", Activation::kNone, same);
}

// All values that an input can be rounded to: next to the rounding of the result the error of GELU is nothing
// where its result is not, and small everywhere.
TEST(CpuActivation, GeluOfEveryBf16) {
  if (!BestKernel()) GTEST_SKIP() << "this CPU has no bf16";
  const std::vector<float> no_bias(kBlock);
  std::vector<float> in(kBlock);
  std::vector<Bf16> out(kBlock);
  for (std::size_t first = 0; first < 65536; first += kBlock) {
    for (std::size_t i = 0; i < kBlock; ++i) in[i] = FromBf16(static_cast<Bf16>(first + i));
    ActivateBlock(Activation::kGelu, in.data(), kBlock, {no_bias.data()}, 1, out.data(), kBlock);
    for (std::size_t i = 0; i < kBlock; ++i) {
      const double x = in[i], exact = 0.5 * x * std::erfc(-x / std::sqrt(2.0)), found = FromBf16(out[i]);
      if (std::isnan(x)) {
        ASSERT_TRUE(std::isnan(found));
      } else if (x == std::numeric_limits<double>::infinity()) {
        ASSERT_EQ(found, x);
      } else if (!std::isinf(x)) {
        const double rounding = kHalfUlp * std::abs(exact);
        ASSERT_NEAR(found, exact, rounding + 5e-5) << "of " << x;
        // 1e-37: bf16 products and conversions take smaller values for zero.
        if (x > -1) {
          ASSERT_NEAR(found, exact, 1.08 * rounding + 1e-37) << "of " << x;
        }
      }
    }
  }
}

TEST(CpuNorms, WithoutMeanOrWithoutAnything) {
  if (!BestKernel()) GTEST_SKIP() << "this CPU has no bf16";
  for (const std::size_t width : {8, 32, 50}) {
    Random random(static_cast<unsigned>(width));
    const PaddedAxis axis{1, width};
    const auto change = random.Values(width), residual = random.Values(width), gain = random.Values(width);
    const PaddedVector gains(gain, axis), no_bias(axis.padded_count());
    double squares = 0;
    for (std::size_t i = 0; i < width; ++i) squares += std::pow(double{change[i]} + residual[i], 2);
    const double root = std::sqrt(squares / static_cast<double>(width) + 1e-6);
    for (const bool some : {true, false}) {
      for (const bool keeps_sum : {true, false}) {
        LayerNorm norm{some ? gains.data() : nullptr, no_bias.data(), 1e-6f, width};
        norm.centered = false;
        norm.keeps_sum = keeps_sum;
        PaddedVector padded(change, axis);
        std::vector<float> x = residual;
        AlignedBuffer<Bf16> rounded(axis.padded_count());
        AddAndNormalize(norm, padded.data(), no_bias.data(), x.data(), rounded.data());
        for (std::size_t i = 0; i < width; ++i) {
          const double sum = double{change[i]} + residual[i], normalized = some ? sum / root * gain[i] : sum;
          ASSERT_NEAR(x[i], keeps_sum ? sum : normalized, 1e-5) << i;
          ASSERT_NEAR(FromBf16(rounded.data()[i]), normalized, kHalfUlp * std::abs(normalized) + 1e-5) << i;
        }
      }
    }
  }
}

TEST(CpuHeads, AreNormalizedAndTurned) {
  if (!BestKernel()) GTEST_SKIP() << "this CPU has no bf16";
  for (const auto& [size, pairs] :
       {std::pair<std::size_t, std::size_t>{8, 4}, {64, 32}, {80, 40}, {64, 16}}) {
    Random random(static_cast<unsigned>(size + pairs));
    const PaddedAxis axis{1, size};
    RotaryPositions rotary;
    for (std::size_t i = 0; i < pairs; ++i)
      rotary.frequencies.push_back(std::pow(1000.0f, -static_cast<float>(i) / static_cast<float>(pairs)));
    const RotaryWaves waves(rotary, 500);
    const auto gain = random.Values(size), values = random.Values(size);
    const PaddedVector gains(gain, axis);
    for (const bool normalized : {false, true}) {
      for (const std::size_t position : {0, 1, 499}) {
        auto head = Rounded(values, 1, size, axis.padded_count(), 0);
        PrepareHead({normalized ? gains.data() : nullptr, 1e-6f}, &waves, position, size, head.data());
        std::vector<double> expected(size);
        double squares = 0;
        for (const float value : values) squares += Round(value) * Round(value);
        const double root = std::sqrt(squares / static_cast<double>(size) + 1e-6);
        for (std::size_t i = 0; i < size; ++i)
          expected[i] = Round(values[i]) * (normalized ? gain[i] / root : 1);
        for (std::size_t i = 0; i < pairs; ++i) {
          const double angle = static_cast<double>(position) * rotary.frequencies[i];
          const double a = expected[i], b = expected[pairs + i];
          expected[i] = a * std::cos(angle) - b * std::sin(angle);
          expected[pairs + i] = b * std::cos(angle) + a * std::sin(angle);
        }
        for (std::size_t i = 0; i < axis.padded_count(); ++i) {
          const double exact = i < size ? expected[i] : 0;
          // Rounded twice where it is both.
          ASSERT_NEAR(FromBf16(head.data()[i]), exact, 0.03) << size << ", " << position << ", " << i;
        }
      }
    }
  }
}

TEST(Bf16Rounding, ToNearestEven) {
  EXPECT_EQ(ToBf16(1.0f), 0x3f80);
  EXPECT_EQ(ToBf16(1.00390625f), 0x3f80);  // 1 + 2^-8: tie to even
  EXPECT_EQ(ToBf16(1.01171875f), 0x3f82);  // 1 + 3 * 2^-8: tie to even
  EXPECT_EQ(ToBf16(1.004f), 0x3f81);
  EXPECT_EQ(ToBf16(-INFINITY), 0xff80);
  EXPECT_TRUE(std::isnan(FromBf16(ToBf16(NAN))));
  EXPECT_EQ(FromBf16(0xc000), -2.0f);
}

}  // namespace
}  // namespace densenode::cpu
#endif
