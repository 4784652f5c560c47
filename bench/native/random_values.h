// Input for benchmarks, the same in every run.
#pragma once

#include <cstddef>
#include <random>
#include <vector>

namespace densenode {

inline std::vector<float> RandomValues(std::size_t count, unsigned seed = 1) {
  std::mt19937 engine(seed);
  std::normal_distribution<float> normal;
  std::vector<float> values(count);
  for (float& value : values) value = normal(engine);
  return values;
}

}  // namespace densenode
