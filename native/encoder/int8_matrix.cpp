#include "encoder/int8_matrix.h"

#include <algorithm>
#include <cfloat>
#include <cmath>
#include <numeric>

#include "common/error.h"

namespace densenode {
namespace {

constexpr std::size_t kBlock = 64;  // rows that are converted, quantized and turned together

// Calls put(row, values, scale) for each row.
template <typename Put>
void QuantizeEachRow(const StoredTensor& stored, int largest, Put put) {
  const auto rows = static_cast<std::size_t>(stored.shape()[0]),
             columns = static_cast<std::size_t>(stored.shape()[1]);
  std::vector<std::int8_t> quantized(columns);
  for (std::size_t first = 0; first < rows; first += kBlock) {
    const std::size_t here = std::min(kBlock, rows - first);
    const StoredTensor block = stored.Rows(first, here);
    const FloatTensor tensor = block.Float32();
    for (std::size_t i = 0; i < here; ++i) {
      const float* const row = tensor.values.data() + i * columns;
      float most = 0;
      bool finite = true;
      for (std::size_t c = 0; c < columns; ++c) {
        const float magnitude = std::fabs(row[c]);
        finite &= magnitude <= FLT_MAX;
        most = std::max(most, magnitude);
      }
      if (!finite) {
        Fail(ErrorCode::kModelInvalid, "a weight is not a finite number (row ", first + i, " of a tensor ",
             ShapeText(stored.shape()), ")");
      }
      // Rows that are as good as zero: their scale must not vanish.
      const float scale = std::max(most, FLT_MIN * 256) / static_cast<float>(largest);
      for (std::size_t c = 0; c < columns; ++c)
        quantized[c] = static_cast<std::int8_t>(std::nearbyint(row[c] / scale));
      put(first + i, quantized.data(), scale);
    }
    block.ReleasePages();
  }
}

}  // namespace

Int8Matrix QuantizeRows(const StoredTensor& stored) {
  Int8Matrix matrix{stored.shape(), std::vector<std::int8_t>(stored.count()), {}, {}};
  const auto columns = static_cast<std::size_t>(stored.shape()[1]);
  QuantizeEachRow(stored, 127, [&](std::size_t row, const std::int8_t* values, float scale) {
    std::copy_n(values, columns, &matrix.values[row * columns]);
    matrix.scales.push_back(scale);
  });
  return matrix;
}

Int8Matrix QuantizeForProducts(const StoredTensor& stored, int largest) {
  const auto outputs = static_cast<std::size_t>(stored.shape()[0]),
             inputs = static_cast<std::size_t>(stored.shape()[1]);
  Int8Matrix matrix{{stored.shape()[1], stored.shape()[0]}, std::vector<std::int8_t>(stored.count()), {}, {}};
  std::vector<std::int8_t> block(kBlock * inputs);
  QuantizeEachRow(stored, largest, [&](std::size_t output, const std::int8_t* values, float scale) {
    matrix.scales.push_back(scale);
    matrix.sums.push_back(scale *
                          static_cast<float>(std::accumulate(values, values + inputs, std::int64_t{0})));
    // Turned a block at a time, so that whole cache lines are written.
    const std::size_t in_block = output % kBlock;
    std::copy_n(values, inputs, &block[in_block * inputs]);
    if (in_block + 1 < kBlock && output + 1 < outputs) return;
    const std::size_t first = output - in_block;
    for (std::size_t input = 0; input < inputs; ++input) {
      for (std::size_t i = 0; i <= in_block; ++i)
        matrix.values[input * outputs + first + i] = block[i * inputs + input];
    }
  });
  return matrix;
}

}  // namespace densenode
