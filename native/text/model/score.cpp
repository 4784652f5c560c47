#include "text/model/score.h"

#include <charconv>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <string>

namespace densenode {
namespace {

double PowerOfTen(int exponent) {  // the nearest double, which std::pow does not promise
  double power = 0;
  const std::string text = "1e" + std::to_string(exponent);
  std::from_chars(text.data(), text.data() + text.size(), power);
  return power;
}

}  // namespace

double OfficialScore(double value) {
  if (value == 0 || !std::isfinite(value)) return value;
  char digits[32] = {};
  const auto end =
      std::to_chars(digits, digits + sizeof(digits), std::fabs(value), std::chars_format::scientific).ptr;
  std::uint64_t significand = 0;
  int exponent = 0;
  bool fraction = false;
  const char* p = digits;
  for (; p < end && *p != 'e'; ++p) {
    if (*p == '.') {
      fraction = true;
    } else {
      significand = significand * 10 + static_cast<std::uint64_t>(*p - '0');
      exponent -= fraction;
    }
  }
  exponent += std::atoi(p + 1);
  auto result = static_cast<double>(significand);
  for (; exponent < -308; exponent += 308) result /= 1e308;
  const double power = PowerOfTen(std::abs(exponent));
  result = exponent < 0 ? result / power : result * power;
  return std::copysign(result, value);
}

}  // namespace densenode
