#include "training/info_nce.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace densenode {

double InfoNce(std::span<float> similarities, std::size_t rows, std::size_t columns, float temperature,
               const MaskedColumns& masked) {
  std::vector<double> losses(rows);
  const float scale = 1 / (temperature * static_cast<float>(rows));
#pragma omp parallel for
  for (std::size_t i = 0; i < rows; ++i) {
    float* row = similarities.data() + i * columns;
    for (std::size_t at = masked.offsets[i]; at < masked.offsets[i + 1]; ++at)
      row[masked.columns[at]] = -std::numeric_limits<float>::infinity();
    const float largest = *std::max_element(row, row + columns);
    const float positive = row[i];
    double sum = 0;
    for (std::size_t j = 0; j < columns; ++j) {
      row[j] = std::exp((row[j] - largest) / temperature);
      sum += row[j];
    }
    losses[i] = std::log(sum) - static_cast<double>(positive - largest) / temperature;
    const auto share = static_cast<float>(scale / sum);
    for (std::size_t j = 0; j < columns; ++j) row[j] *= share;
    row[i] -= scale;
  }
  // In the order of the rows: the same sum for any number of threads.
  double total = 0;
  for (const double loss : losses) total += loss;
  return total / static_cast<double>(rows);
}

}  // namespace densenode
