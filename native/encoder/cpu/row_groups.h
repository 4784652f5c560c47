// Rows in groups of eight, and the rest in four, two and one: kernels keep the sums of a group in registers.
#pragma once

#include <cstddef>

namespace densenode::cpu {
namespace {  // a copy for each source: they are compiled for different CPUs

// Calls each.operator()<kRows>(first row of the group).
template <typename Each>
void ForRowGroups(std::size_t rows, const Each& each) {
  std::size_t row = 0;
  for (; rows - row >= 8; row += 8) each.template operator()<8>(row);
  if (rows - row >= 4) each.template operator()<4>(row), row += 4;
  if (rows - row >= 2) each.template operator()<2>(row), row += 2;
  if (rows - row >= 1) each.template operator()<1>(row);
}

}  // namespace
}  // namespace densenode::cpu
