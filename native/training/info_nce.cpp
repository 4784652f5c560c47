#include "training/info_nce.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace densenode {

double InfoNce(std::span<float> similarities, std::size_t positive, std::span<const std::uint32_t> masked,
               float temperature) {
  for (const std::uint32_t column : masked) similarities[column] = -std::numeric_limits<float>::infinity();
  const float largest = *std::max_element(similarities.begin(), similarities.end());
  const float of_positive = similarities[positive];
  double sum = 0;
  for (float& value : similarities) {
    value = std::exp((value - largest) / temperature);
    sum += value;
  }
  const auto scale = static_cast<float>(1 / (sum * temperature));
  for (float& value : similarities) value *= scale;
  similarities[positive] -= 1 / temperature;
  return std::log(sum) - static_cast<double>(of_positive - largest) / temperature;
}

}  // namespace densenode
