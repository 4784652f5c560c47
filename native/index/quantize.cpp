#include "index/quantize.h"

#include <immintrin.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <mutex>
#include <utility>

#include "common/error.h"
#include "common/executor.h"

namespace densenode {
namespace {

constexpr std::array<std::pair<std::string_view, Precision>, 4> kNames{{{"int8", Precision::kInt8},
                                                                        {"uint8", Precision::kUint8},
                                                                        {"binary", Precision::kBinary},
                                                                        {"ubinary", Precision::kUbinary}}};
constexpr std::size_t kValuesPerItem = std::size_t{1} << 18;  // of the Executor: 1 MiB of floats

[[noreturn]] void FailForNaN(std::size_t row) {
  Fail(ErrorCode::kInvalidArgument, "embedding ", row, " has NaN: it cannot be quantized");
}

// One bit for each of 8 values, the first in the highest. `nan` collects the lanes that are NaN.
std::uint8_t SignsOf(__m256 values, __m256* nan) {
  const __m256i backwards = _mm256_set_epi32(0, 1, 2, 3, 4, 5, 6, 7);
  *nan = _mm256_or_ps(*nan, _mm256_cmp_ps(values, values, _CMP_UNORD_Q));
  const __m256 positive = _mm256_cmp_ps(values, _mm256_setzero_ps(), _CMP_GT_OQ);
  return static_cast<std::uint8_t>(_mm256_movemask_ps(_mm256_permutevar8x32_ps(positive, backwards)));
}

class QuantizeJob : public std::enable_shared_from_this<QuantizeJob> {
 public:
  QuantizeJob(QuantizeRequest request, std::function<void(std::exception_ptr)> done)
      : request_(std::move(request)),
        done_(std::move(done)),
        rows_per_item_(std::max<std::size_t>(1, kValuesPerItem / request_.dimension)) {}

  void Start() {
    if (!IsScalar(request_.precision) || request_.calibration.empty()) return Quantize(nullptr);
    const auto lows = request_.ranges.first(request_.dimension);
    const auto highs = request_.ranges.subspan(request_.dimension);
    std::copy_n(request_.calibration.begin(), request_.dimension, lows.begin());
    std::copy_n(request_.calibration.begin(), request_.dimension, highs.begin());
    ForEach(request_.calibration, &QuantizeJob::Widen, &QuantizeJob::Quantize);
  }

 private:
  void ForEach(std::span<const float> embeddings, void (QuantizeJob::*body)(std::size_t, std::size_t),
               void (QuantizeJob::*next)(std::exception_ptr)) {
    const std::size_t rows = embeddings.size() / request_.dimension;
    Executor::Get().ForEach(
        (rows + rows_per_item_ - 1) / rows_per_item_, 0, request_.cancellation,
        [self = shared_from_this(), body, rows](std::size_t item) {
          const std::size_t first = item * self->rows_per_item_;
          ((*self).*body)(first, std::min(self->rows_per_item_, rows - first));
        },
        [self = shared_from_this(), next](std::exception_ptr error) { ((*self).*next)(error); });
  }

  // Makes the ranges hold these rows of the calibration.
  void Widen(std::size_t first, std::size_t rows) {
    const std::size_t dimension = request_.dimension;
    const float* row = request_.calibration.data() + first * dimension;
    std::vector<float> lows(row, row + dimension), highs(lows);
    for (std::size_t end = first + rows; first < end; ++first, row += dimension) {
      bool finite = true;
      for (std::size_t i = 0; i < dimension; ++i) {
        finite &= std::isfinite(row[i]);
        lows[i] = std::min(lows[i], row[i]);
        highs[i] = std::max(highs[i], row[i]);
      }
      if (!finite) {
        Fail(ErrorCode::kInvalidArgument, "embedding ", first,
             " of the calibration has NaN or infinity: it has no range");
      }
    }
    std::lock_guard lock(mutex_);
    for (std::size_t i = 0; i < dimension; ++i) {
      request_.ranges[i] = std::min(request_.ranges[i], lows[i]);
      request_.ranges[dimension + i] = std::max(request_.ranges[dimension + i], highs[i]);
    }
  }

  void Quantize(std::exception_ptr error) {
    if (error) return Finish(error);
    try {
      if (IsScalar(request_.precision)) steps_ = CodeSteps(request_.ranges);
    } catch (...) {
      return Finish(std::current_exception());
    }
    ForEach(request_.embeddings, &QuantizeJob::QuantizeRows, &QuantizeJob::Finish);
  }

  void QuantizeRows(std::size_t first, std::size_t rows) {
    const float* from = request_.embeddings.data() + first * request_.dimension;
    const std::uint8_t offset = CodeOffset(request_.precision);
    std::uint8_t* out = request_.out + first * CodeSize(request_.precision, request_.dimension);
    if (IsScalar(request_.precision)) {
      QuantizeScalar(from, rows, request_.ranges, steps_, offset, first, out);
    } else {
      QuantizeBinary(from, rows, request_.dimension, offset, first, out);
    }
  }

  void Finish(std::exception_ptr error) { std::exchange(done_, nullptr)(error); }

  const QuantizeRequest request_;
  std::function<void(std::exception_ptr)> done_;
  const std::size_t rows_per_item_;
  std::vector<float> steps_;
  std::mutex mutex_;  // guards the ranges while they are widened
};

}  // namespace

Precision ParsePrecision(std::string_view name) {
  for (const auto& [known, precision] : kNames)
    if (name == known) return precision;
  Fail(ErrorCode::kInvalidArgument, "precision must be int8, uint8, binary or ubinary, not \"", name, "\"");
}

std::vector<float> CodeSteps(std::span<const float> ranges) {
  const std::size_t dimension = ranges.size() / 2;
  std::vector<float> steps(dimension);
  for (std::size_t i = 0; i < dimension; ++i) {
    const float low = ranges[i], high = ranges[dimension + i];
    if (!std::isfinite(high - low) || high < low) {
      Fail(ErrorCode::kInvalidArgument, "the range of dimension ", i,
           " must be finite, from a low to a high, not ", low, " to ", high);
    }
    steps[i] = (high - low) / 255;
    if (steps[i] == 0) steps[i] = 1;
  }
  return steps;
}

void QuantizeScalar(const float* embeddings, std::size_t rows, std::span<const float> ranges,
                    std::span<const float> steps, std::uint8_t offset, std::size_t first_row,
                    std::uint8_t* out) {
  const std::size_t dimension = steps.size();
  for (std::size_t row = 0; row < rows; ++row, embeddings += dimension, out += dimension) {
    bool number = true;
    for (std::size_t i = 0; i < dimension; ++i) {
      const float code = (embeddings[i] - ranges[i]) / steps[i];
      number &= code == code;
      // Cut to 0 from below first, so that dropping the fraction is floor.
      const float cut = code > 0 ? (code < 255 ? code : 255) : 0;
      out[i] = static_cast<std::uint8_t>(static_cast<std::int32_t>(cut) - offset);
    }
    if (!number) FailForNaN(first_row + row);
  }
}

void QuantizeBinary(const float* embeddings, std::size_t rows, std::size_t dimension, std::uint8_t offset,
                    std::size_t first_row, std::uint8_t* out) {
  const std::size_t whole = dimension / 8;
  for (std::size_t row = 0; row < rows; ++row, embeddings += dimension) {
    __m256 nan = _mm256_setzero_ps();
    for (std::size_t i = 0; i < whole; ++i)
      *out++ = static_cast<std::uint8_t>(SignsOf(_mm256_loadu_ps(embeddings + i * 8), &nan) - offset);
    if (dimension % 8 != 0) {
      float rest[8] = {};
      std::copy_n(embeddings + whole * 8, dimension % 8, rest);
      *out++ = static_cast<std::uint8_t>(SignsOf(_mm256_loadu_ps(rest), &nan) - offset);
    }
    if (_mm256_movemask_ps(nan) != 0) FailForNaN(first_row + row);
  }
}

void StartQuantize(QuantizeRequest request, std::function<void(std::exception_ptr)> done) {
  std::make_shared<QuantizeJob>(std::move(request), std::move(done))->Start();
}

}  // namespace densenode
